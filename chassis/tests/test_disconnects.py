"""Callers that have given up before their turn came."""

import socket
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from chassis.testing import SIMULATOR


@pytest.fixture
def caller_and_connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A caller's end and the service's."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        caller = socket.create_connection(server.getsockname())
        connection, _ = server.accept()
    with caller, connection:
        yield caller, connection


def status(client: FlaskClient, method: str, path: str, connection: socket.socket) -> int:
    answer = client.open(
        path,
        method=method,
        headers=SIMULATOR,
        environ_overrides={"gunicorn.socket": connection},
    )
    return answer.status_code


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_change_is_refused_once_its_caller_has_disconnected(
    rooted: FlaskClient, caller_and_connection: tuple[socket.socket, socket.socket], method: str
) -> None:
    caller, connection = caller_and_connection
    assert status(rooted, method, "/v1/things", connection) == 200
    caller.close()
    assert status(rooted, method, "/v1/things", connection) == 503


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/things"), ("POST", "/api/things")])
def test_reads_and_the_simulator_are_answered_even_after_a_disconnect(
    rooted: FlaskClient,
    caller_and_connection: tuple[socket.socket, socket.socket],
    method: str,
    path: str,
) -> None:
    caller, connection = caller_and_connection
    caller.close()
    assert status(rooted, method, path, connection) == 200
