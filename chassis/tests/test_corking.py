"""Answers are sent in one piece; where that is impossible, no harm is done."""

import socket
from collections.abc import Iterator

import pytest

from chassis import corking


@pytest.fixture
def connection() -> Iterator[socket.socket]:
    with socket.socket() as made:
        yield made


def is_held(connection: socket.socket) -> bool:
    return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_CORK))


def test_output_is_held_back_until_the_request_ends(connection: socket.socket) -> None:
    environ = {"gunicorn.socket": connection}
    app = corking.corked(lambda _environ, _start: [b"body"])
    assert app(environ, print) == [b"body"]
    assert is_held(connection)
    corking.uncork(None, None, environ, None)
    assert not is_held(connection)


def test_uncorking_without_a_socket_does_nothing() -> None:
    corking.uncork(None, None, {}, None)


def test_uncorking_a_closed_connection_does_nothing(connection: socket.socket) -> None:
    connection.close()
    corking.uncork(None, None, {"gunicorn.socket": connection}, None)
