"""What comes back over a connection, however it is cut into pieces."""

import socket
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from chassis.wire import LONGEST_HEAD, Disconnected, Reply, Request, UnreadableAnswer, Wire

ASK = Request("GET", "/", {}, None, repeatable=True)
OK = b"HTTP/1.1 200 OK\r\n"


class Far:
    """Takes one connection, sends `answer` in pieces of `size` bytes, then ends it."""

    def __init__(self, answer: bytes, size: int) -> None:
        self.got = b""
        self._answer, self._size = answer, size
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def wire(self) -> Wire:
        port = self._listener.getsockname()[1]
        return Wire(urlsplit(f"http://127.0.0.1:{port}/base/"), 10, 10)

    def end(self) -> None:
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            self.got = connection.recv(65_536)
            for start in range(0, len(self._answer), self._size):
                connection.sendall(self._answer[start : start + self._size])


@pytest.fixture
def far() -> Iterator[Callable[..., Far]]:
    made: list[Far] = []

    def make(answer: bytes, size: int = 65_536) -> Far:
        made.append(Far(answer, size))
        return made[-1]

    yield make
    for each in made:
        each.end()


@pytest.mark.parametrize("size", [1, 7, 65_536])
def test_an_answer_is_whole_in_whatever_pieces_it_comes(far: Callable[..., Far], size: int) -> None:
    wire = far(OK + b"X: y\r\nCONTENT-LENGTH:  4 \r\n\r\n\r\n\r\n", size).wire()
    assert wire.ask(ASK) == Reply(200, b"\r\n\r\n")
    assert wire.is_open
    wire.close()


def test_what_has_no_content_names_no_length(far: Callable[..., Far]) -> None:
    wire = far(b"HTTP/1.1 204 NO CONTENT\r\nServer: x\r\n\r\n").wire()
    assert wire.ask(ASK) == Reply(204, b"")
    wire.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Content-Length: many\r\n\r\n",
        OK + b"X: " + b"y" * 2 * LONGEST_HEAD + b"\r\n\r\n",
    ],
)
def test_what_our_services_never_say_is_unreadable(far: Callable[..., Far], answer: bytes) -> None:
    wire = far(answer).wire()
    with pytest.raises(UnreadableAnswer):
        wire.ask(ASK)
    assert not wire.is_open


@pytest.mark.parametrize("answer", [b"", OK, OK + b"Content-Length: 9\r\n\r\nshort"])
def test_an_answer_that_ends_early_is_none(far: Callable[..., Far], answer: bytes) -> None:
    wire = far(answer).wire()
    with pytest.raises(Disconnected):
        wire.ask(ASK)
    assert not wire.is_open


def test_a_request_is_written_in_full(far: Callable[..., Far]) -> None:
    server = far(b"HTTP/1.1 204 \r\n\r\n")
    wire = server.wire()
    wire.ask(Request("POST", "/a?b=c", {"X-Name": "value"}, b"{}", repeatable=False))
    wire.close()
    head, _, body = server.got.partition(b"\r\n\r\n")
    first, host, *rest = head.decode().split("\r\n")
    assert first == "POST /base/a?b=c HTTP/1.1"
    assert host.startswith("Host: 127.0.0.1:")
    assert rest == ["X-Name: value", "Content-Length: 2"]
    assert body == b"{}"


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\0", "ø"])
def test_what_would_not_stay_in_its_line_is_not_sent(far: Callable[..., Far], value: str) -> None:
    server = far(b"")
    wire = server.wire()
    with pytest.raises(ValueError, match="control characters|can't encode"):
        wire.ask(Request("GET", "/", {"X-Name": value}, None, repeatable=True))
    server.end()
    assert server.got == b""
