"""One request the way the course's simulator makes it: a connection of its own, no retry."""

import http.client
import io
import json
import socket
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

from dev.simulator.actions import Action
from dev.trouble import Trouble

CREDENTIALS = "simulator:super_safe!"
TIMEOUT, CONNECTION = "timeout", "connection"
LATEST_SECONDS = 3.0


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    request_id: str


@dataclass(frozen=True)
class Outcome:
    """`error` is empty, "timeout", "connection" or "status NNN"; `request_id` the gateway's."""

    seconds: float
    error: str = ""
    request_id: str = ""


class Deadline:
    """A time-out for a whole request; a socket's own would start over with every byte."""

    def __init__(self, seconds: float) -> None:
        self._end = perf_counter() + seconds

    def left(self) -> float:
        left = self._end - perf_counter()
        if left <= 0:
            raise TimeoutError
        return left


class _Reader(io.RawIOBase):
    """What HTTPResponse takes for a socket: it asks for a file to read, and gets this."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)


@dataclass(frozen=True)
class Gateway:
    """The system under load. `seconds` is for connecting and the whole answer together."""

    host: str
    port: int
    credentials: str
    seconds: float = 0.3

    @classmethod
    def at(cls, url: str, credentials: str, seconds: float) -> "Gateway":
        parts = urlsplit(url)
        with suppress(ValueError):  # of a port that is none
            if parts.scheme == "http" and parts.hostname and not parts.path.strip("/"):
                return cls(parts.hostname, parts.port or 80, credentials, seconds)
        raise Trouble(f"{url} is no address like http://127.0.0.1:8080.")

    def perform(self, action: Action) -> Outcome:
        start = perf_counter()
        try:
            answer = self._ask("POST", action.path(), action.body(), self.seconds)
        except TimeoutError:
            return Outcome(perf_counter() - start, TIMEOUT)
        except (OSError, http.client.HTTPException):
            return Outcome(perf_counter() - start, CONNECTION)
        wrong = "" if action.accepts(answer.status) else f"status {answer.status}"
        return Outcome(perf_counter() - start, wrong, answer.request_id)

    def latest(self) -> int | None:
        """What GET /api/latest says; None if no number. Trouble if nothing answers."""
        try:
            answer = self._ask("GET", "/api/latest", b"", LATEST_SECONDS)
            return int(json.loads(answer.body)["latest"]) if answer.status == 200 else None
        except (ValueError, KeyError, TypeError):
            return None
        except (OSError, http.client.HTTPException) as error:
            where = f"http://{self.host}:{self.port}"
            raise Trouble(f"Nothing answers at {where}; is it running (make run)?") from error

    def _ask(self, method: str, path: str, body: bytes, seconds: float) -> Answer:
        deadline = Deadline(seconds)
        with socket.create_connection((self.host, self.port), deadline.left()) as sock:
            sock.settimeout(deadline.left())
            sock.sendall(self._head(method, path, len(body)) + body)
            return _read(_Reader(sock, deadline), method)

    def _head(self, method: str, path: str, length: int) -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            "Connection: close",
            "Content-Type: application/json",
            f"Content-Length: {length}",
            f"Authorization: Basic {b64encode(self.credentials.encode()).decode()}",
        ]
        return "\r\n".join([*lines, "\r\n"]).encode()


def _read(reader: _Reader, method: str) -> Answer:
    with http.client.HTTPResponse(cast(socket.socket, reader), method=method) as response:
        response.begin()
        request_id = response.headers.get("X-Request-ID", "")
        return Answer(response.status, response.read(), request_id)
