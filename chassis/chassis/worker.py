"""gunicorn's thread worker, with other error bodies, start times and another way to stop."""

import socket
from contextlib import suppress
from time import monotonic, perf_counter_ns
from typing import Any

import orjson
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker
from werkzeug.http import HTTP_STATUS_CODES

from chassis import access

REST_SECONDS, LINGER_SECONDS = 5.0, 2.0
_PIECE = 64 * 1024


class Worker(ThreadWorker):  # type: ignore[misc]
    """Refuses what it can't parse in the simulator's form, `{"status": 400, "error_msg": "…"}`.

    It then reads the rest: for a connection that is reset instead, the gateway would blame this
    replica, and ask it nothing for seconds.
    """

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        captured = CapturedResponse()
        super().handle_error(req, captured, addr, exc)
        with suppress(OSError):
            write_nonblock(client, captured.as_json())
            _read_to_the_end(client, REST_SECONDS)

    def enqueue_req(self, conn: Any) -> None:
        """A request begins here, where it may have to wait for a thread."""
        conn.started_ns = perf_counter_ns()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """What comes of a connection; for one that ends, once the other side has ended it too.

        gunicorn would wait for that in the thread that takes up all other requests.
        """
        access.take_up(conn.started_ns)
        outcome = super().handle(conn)
        if outcome is False:
            with suppress(OSError):
                _read_to_the_end(conn.sock, LINGER_SECONDS)
        return outcome

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Whether the connection stays; not where a client was too slow to read, its own fault."""
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            return False

    def set_accept_enabled(self, enabled: bool) -> None:
        """Once it stops, refuse new connections instead of letting them wait in vain."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()


def _read_to_the_end(client: socket.socket, seconds: float) -> None:
    """Say that nothing more follows, and read until the other side has closed, or so long."""
    client.shutdown(socket.SHUT_WR)
    deadline = monotonic() + seconds
    while (left := deadline - monotonic()) > 0:
        client.settimeout(left)
        if not client.recv(_PIECE):
            return


class CapturedResponse:
    """Stands in for the client's socket, to capture the error page that gunicorn writes."""

    def __init__(self) -> None:
        self._content = b""

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, content: bytes) -> None:
        self._content += content

    def as_json(self) -> bytes:
        """The whole answer, with that page's status."""
        status = int(self._content.split(maxsplit=2)[1])
        phrase = HTTP_STATUS_CODES[status]
        body = orjson.dumps({"status": status, "error_msg": f"{phrase}."})
        head = f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body
