"""Connections to one other service, kept open for whoever calls next."""

import re
import socket
import struct
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import shuffle
from time import monotonic
from typing import TypeVar
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

from chassis.sockets import is_established

KEPT = 32
# A fresh connection may reach a replica that was started since.
LIFE_SECONDS = 60.0
# A lost node does not close its connections: they count as dead after 4 s without a sign of life.
KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
)
# How a connection fails.
BROKEN = (OSError, HttpParserError)
# Those failures that are silence: neither the other side nor the resolver answered in time.
SILENT = (TimeoutError, socket.gaierror)
_READ_BYTES = 65_536
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

T = TypeVar("T")
# A result that is on its way: call it, once, to wait for it.
Pending = Callable[[], T]


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


class Disconnected(ConnectionError):
    """The other side has closed before its answer was whole."""


class Connections:
    """Sends requests to `base_url`, which is http.

    Written to make few system calls: each one releases the interpreter lock, which the thread then
    has to wait for (docs/performance.md).
    """

    def __init__(self, base_url: str, connect_seconds: float, read_seconds: float) -> None:
        parts = urlsplit(base_url)
        self._host = parts.netloc.rpartition("@")[2]
        self._address = str(parts.hostname), parts.port or 80
        self._prefix = parts.path.rstrip("/")
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._idle = deque[Connection]()

    def __call__(self, request: Request) -> Pending[Reply]:
        """Send at once; calling the result waits for the reply, or raises one of BROKEN.

        A failed request that is repeatable and did not time out is sent a second time.
        """
        written = self._written(request)
        try:
            connection = self._kept() or self._connected()
        except OSError as error:
            return _failed(error)
        connection.send(written)

        def reply() -> Reply:
            try:
                return self._received(connection)
            except TimeoutError:
                raise  # It has waited long enough: no second try.
            except BROKEN:
                if not request.repeatable:
                    raise
            again = self._connected()
            again.send(written)
            return self._received(again)

        return reply

    def _written(self, request: Request) -> bytes:
        lines = [f"{request.method} {self._prefix}{request.path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        if request.body is not None or request.method in _WITH_BODY:
            lines.append(f"Content-Length: {len(request.body or b'')}")
        if any(map(_CONTROL.search, lines)):
            raise ValueError("a control character in the head of a request")
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + (request.body or b"")

    def _kept(self) -> "Connection | None":
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # Another thread was faster.
                break
            if connection.is_young() and connection.is_open():
                return connection
            connection.close()
        return None

    def _connected(self) -> "Connection":
        """A new one. Nothing has been sent yet, so a refused connection is tried once more."""
        try:
            return Connection(self._address, self._connect_seconds, self._read_seconds)
        except SILENT:
            raise
        except OSError:
            return Connection(self._address, self._connect_seconds, self._read_seconds)

    def _received(self, connection: "Connection") -> Reply:
        try:
            reply = connection.receive()
        except BaseException:
            connection.close()
            raise
        if connection.stays and connection.is_young() and len(self._idle) < KEPT:
            self._idle.append(connection)
        else:
            connection.close()
        return reply


class IncomingReply:
    """What the parser has read of a reply so far; the parser calls the `on_…` methods."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._parts: list[bytes] = []
        self.is_whole = self.stays = False

    def begin(self) -> None:
        """Make ready for the next one on the same connection."""
        self._parts, self.is_whole = [], False

    def feed(self, part: bytes) -> None:
        self._parser.feed_data(part)

    def reply(self) -> Reply:
        return Reply(self._parser.get_status_code(), b"".join(self._parts))

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """An interim response, such as `100 Continue`, does not complete the reply."""
        self.is_whole = self._parser.get_status_code() >= 200
        self.stays = self._parser.should_keep_alive()


class Connection:
    """Carries one request at a time, and is closed when nobody refers to it any more.

    Time-outs, in seconds, are set in the kernel: Python's own would double the system calls.
    """

    def __init__(
        self, address: tuple[str, int], connect_seconds: float, read_seconds: float
    ) -> None:
        self.socket = dial(address, connect_seconds)
        self._made = monotonic()
        self.socket.settimeout(None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        seconds, rest = divmod(read_seconds, 1)
        longest = struct.pack("ll", int(seconds), int(rest * 1e6))
        for direction in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self.socket.setsockopt(socket.SOL_SOCKET, direction, longest)
        for option in KEEPALIVE:
            self.socket.setsockopt(*option)
        self._read_seconds = read_seconds
        self._incoming = IncomingReply()
        self._failure: OSError | None = None

    @property
    def stays(self) -> bool:
        """Whether the other side will take another request, as its last answer said."""
        return self._incoming.stays

    def is_young(self) -> bool:
        return monotonic() - self._made < LIFE_SECONDS

    def is_open(self) -> bool:
        """False once the other side is known to have closed it."""
        return is_established(self.socket)

    def close(self) -> None:
        self.socket.close()

    def send(self, request: bytes) -> None:
        """Send; a failure is kept, and raised by `receive`."""
        self._incoming.begin()
        try:
            self.socket.sendall(request)
        except OSError as error:
            self._failure = error

    def receive(self) -> Reply:
        """The reply; afterwards `stays` says whether the connection can be used again."""
        try:
            if self._failure is not None:
                raise self._failure
            deadline = monotonic() + self._read_seconds
            self._incoming.feed(self._read())
            while not self._incoming.is_whole:
                if monotonic() > deadline:
                    raise TimeoutError("no whole answer in time")
                self._incoming.feed(self._read())
        except BlockingIOError:
            raise TimeoutError("no answer in time") from None
        return self._incoming.reply()

    def _read(self) -> bytes:
        part = self.socket.recv(_READ_BYTES)
        if not part:
            raise Disconnected
        return part


def dial(address: tuple[str, int], seconds: float) -> socket.socket:
    """Connect to any of the addresses of a name, within `seconds` once these are known.

    In random order: the resolver gives every caller on a node the same one, so a single replica
    would get all the work.
    """
    found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
    places = [(str(host), int(port)) for *_, (host, port, *_) in found]
    shuffle(places)
    share = seconds / len(places)
    for place in places[1:]:
        with suppress(OSError):
            return socket.create_connection(place, share)
    return socket.create_connection(places[0], share)


def _failed(error: OSError) -> Pending[Reply]:
    def reply() -> Reply:
        raise error

    return reply
