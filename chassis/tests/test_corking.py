"""Answers leave in one piece, and what stands in the way of that harms nobody."""

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


def test_what_is_written_waits_for_the_end_of_the_request(connection: socket.socket) -> None:
    environ = {"gunicorn.socket": connection}
    app = corking.corked(lambda _environ, _start: [b"body"])
    assert app(environ, print) == [b"body"]
    assert is_held(connection)
    corking.uncork(None, None, environ, None)
    assert not is_held(connection)


def test_a_request_that_never_became_one_is_let_go() -> None:
    corking.uncork(None, None, {}, None)


def test_a_connection_that_is_closed_is_let_go(connection: socket.socket) -> None:
    connection.close()
    corking.uncork(None, None, {"gunicorn.socket": connection}, None)
