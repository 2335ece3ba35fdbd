"""Connections to one other service, kept open for whoever calls next."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from chassis.sockets import has_something_to_say

KEPT = 32
# What goes wrong on the way.
BROKEN = (OSError, HTTPException)


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


class Connections:
    """Sends requests to `base_url`; one of BROKEN is raised when no answer comes.

    The standard library's client as it is: requests and urllib3 around it took six times its
    CPU time (docs/performance.md). Proxies and redirects have no place between services.
    """

    def __init__(self, base_url: str, connect_seconds: float, read_seconds: float) -> None:
        parts = urlsplit(base_url)
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port = str(parts.hostname), parts.port
        self._prefix = parts.path.rstrip("/")
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._idle: deque[HTTPConnection] = deque(maxlen=KEPT)

    def __call__(self, request: Request) -> Reply:
        """The answer, after a second try where a first that failed did no harm."""
        connection = self._kept() or self._connected()
        try:
            return self._exchange(connection, request)
        except TimeoutError:
            raise  # Whoever waited in vain does not wait again.
        except BROKEN:
            if not request.repeatable:
                raise
        return self._exchange(self._connected(), request)

    def _kept(self) -> HTTPConnection | None:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # Another thread was faster.
                break
            # Of an answer there is nothing left to read, so that would be its end.
            if not has_something_to_say(connection.sock.fileno()):
                return connection
            connection.close()
        return None

    def _connected(self) -> HTTPConnection:
        """A new one; nothing was sent before, so any request may try twice."""
        try:
            return self._connect()
        except OSError:
            return self._connect()

    def _connect(self) -> HTTPConnection:
        connection = self._kind(self._host, self._port, timeout=self._connect_seconds)
        connection.connect()
        connection.sock.settimeout(self._read_seconds)
        return connection

    def _exchange(self, connection: HTTPConnection, request: Request) -> Reply:
        try:
            path = self._prefix + request.path
            connection.request(request.method, path, request.body, request.headers)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.read())
        except BaseException:
            connection.close()
            raise
        # One that the other side closes has no socket any more.
        if connection.sock is not None:
            self._idle.append(connection)
        return reply
