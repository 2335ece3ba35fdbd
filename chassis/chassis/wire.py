"""HTTP/1.1 as our services speak it: a request, and an answer that names its length.

The standard library reads an answer's headers as those of an e-mail, which takes longer than
all the rest of a call. Here a call wants to know a status, a length, and whether it was the
last on its connection.
"""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult

LONGEST_HEAD = 65_536
_PART = 65_536
_BODILESS = (204, 304)
_WITH_BODY = ("POST", "PUT", "PATCH")


class Disconnected(ConnectionError):
    """The other side ended the connection before its answer was whole."""


class UnreadableAnswer(Exception):
    """What came back is not HTTP/1.1 as our services speak it."""


@dataclass(frozen=True)
class Request:
    """`repeatable`: it may be done twice."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None
    repeatable: bool


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes


class Wire:
    """One connection, open from its making on; OSError if it can't be."""

    def __init__(self, place: SplitResult, connect_seconds: float, read_seconds: float) -> None:
        port = place.port or (443 if place.scheme == "https" else 80)
        self._host = place.netloc.rpartition("@")[2]
        self._prefix = place.path.rstrip("/")
        self._socket = socket.create_connection((str(place.hostname), port), connect_seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if place.scheme == "https":
            context = ssl.create_default_context()
            self._socket = context.wrap_socket(self._socket, server_hostname=place.hostname)
        self._socket.settimeout(read_seconds)
        self.is_open = True

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self.is_open = False
        self._socket.close()

    def ask(self, request: Request) -> Reply:
        """The answer; OSError or UnreadableAnswer without one, and then the connection's end."""
        try:
            self._socket.sendall(self._written(request))
            return self._reply()
        except BaseException:
            self.close()
            raise

    def _written(self, request: Request) -> bytes:
        """ValueError for what would not stay in its line."""
        lines = [f"{request.method} {self._prefix}{request.path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        if request.body is not None or request.method in _WITH_BODY:
            lines.append(f"Content-Length: {len(request.body or b'')}")
        if not all(map(str.isprintable, lines)):
            raise ValueError("control characters in a request")
        return "\r\n".join([*lines, "\r\n"]).encode("ascii") + (request.body or b"")

    def _reply(self) -> Reply:
        got = bytearray()
        while (end := got.find(b"\r\n\r\n")) < 0:
            self._receive(got)
            if len(got) > LONGEST_HEAD:
                raise UnreadableAnswer("its head does not end")
        head = bytes(got[:end]).lower()
        status = _status(head)
        length = 0 if status in _BODILESS else _length(head)
        begin = end + 4
        while len(got) < begin + length:
            self._receive(got)
        if b"\r\nconnection: close" in head or head.startswith(b"http/1.0"):
            self.close()
        return Reply(status, bytes(got[begin : begin + length]))

    def _receive(self, got: bytearray) -> None:
        part = self._socket.recv(_PART)
        if not part:
            raise Disconnected()
        got += part


def _status(head: bytes) -> int:
    if not (head.startswith(b"http/1.") and head[9:12].isdigit()):
        raise UnreadableAnswer("it does not begin as HTTP does")
    return int(head[9:12])


def _length(head: bytes) -> int:
    _, found, rest = head.partition(b"\r\ncontent-length:")
    number = rest.partition(b"\r\n")[0].strip()
    if not (found and number.isdigit()):
        raise UnreadableAnswer("it does not name its length")
    return int(number)
