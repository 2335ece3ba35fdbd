"""What a client does when a provider takes the connection and then says nothing."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.client import parse_headers

import pytest

from chassis.http_client import Answer, Options, Provider, Unavailable
from tests.system import PATIENCE

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Far:
    """A server that answers each connection by the next of `answers`; None never answers."""

    def __init__(self, answers: list[bytes | None]) -> None:
        self.answers = answers
        self.requests: list[bytes] = []
        self._held: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def provider(self) -> Provider:
        return Provider("far", self.url, read_seconds=PATIENCE)

    def close(self) -> list[bytes]:
        """The methods of all requests that were sent; from now on it takes none."""
        if self._thread.is_alive():
            socket.create_connection(self._listener.getsockname()).close()
            self._thread.join()
        for connection in self._held:
            connection.close()
        self._listener.close()
        return self.requests

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            method = _read(connection)
            if method is None:
                connection.close()
                return
            self.requests.append(method)
            answer = self.answers.pop(0)
            if answer is None:
                self._held.append(connection)
            else:
                connection.sendall(answer)
                connection.close()


def _read(connection: socket.socket) -> bytes | None:
    """The method of a request, read to its end; None for nothing.

    Who closes with something left to read resets the connection.
    """
    with connection.makefile("rb") as sent:
        method = sent.readline().split(b" ", 1)[0]
        if not method:
            return None
        sent.read(int(parse_headers(sent).get("Content-Length", 0)))
        return method


@pytest.fixture
def far() -> Iterator[Callable[..., Far]]:
    started: list[Far] = []

    def start(*answers: bytes | None) -> Far:
        started.append(Far(list(answers)))
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_a_read_that_met_a_closed_connection_is_repeated(far: Callable[..., Far]) -> None:
    server = far(b"", OK)
    assert server.provider.call("GET", "/") == Answer(200, {})
    assert server.requests == [b"GET", b"GET"]


def test_a_post_that_was_sent_is_never_repeated(far: Callable[..., Far]) -> None:
    server = far(b"", OK)
    with pytest.raises(Unavailable, match="Disconnected"):
        server.provider.call("POST", "/", json={})
    assert server.requests == [b"POST"]


def test_a_post_that_may_be_done_twice_is_repeated(far: Callable[..., Far]) -> None:
    server = far(b"", OK)
    answer = server.provider.call("POST", "/", json={}, repeatable=True)
    assert answer == Answer(200, {})
    assert server.requests == [b"POST"] * 2


def test_a_repeatable_post_is_retried_only_once(far: Callable[..., Far]) -> None:
    server = far(b"", b"", OK)
    with pytest.raises(Unavailable, match="Disconnected"):
        server.provider.call("POST", "/", json={}, repeatable=True)
    assert server.requests == [b"POST"] * 2


@pytest.mark.parametrize(
    ("method", "more"), [("GET", {}), ("POST", {"json": {}, "repeatable": True})]
)
def test_a_call_that_timed_out_is_not_retried(
    far: Callable[..., Far], method: str, more: Options
) -> None:
    server = far(None, None)
    with pytest.raises(Unavailable, match="TimeoutError"):
        Provider("far", server.url, read_seconds=0.1).call(method, "/", **more)
    assert server.close() == [method.encode()]
