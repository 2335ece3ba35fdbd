"""A gateway that a test tells what to answer; it writes down what it was asked."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    path: str
    latest: int
    headers: dict[str, str]
    body: dict[str, str]


@dataclass
class Stub:
    """`status` answers each write; `latest`, when not None, stands for another simulator's."""

    status: Callable[[Request], int] = lambda request: 204
    latest: int | None = None
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    def newest(self) -> int:
        last = self.requests[-1].latest if self.requests else -1
        return last if self.latest is None else self.latest


def handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(200, json.dumps({"latest": stub.newest()}).encode())

        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            latest = int(parse_qs(parts.query)["latest"][0])
            stub.requests.append(Request(parts.path, latest, dict(self.headers), body))
            self.answer(stub.status(stub.requests[-1]))

        def answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("X-Request-ID", "c0ffee" * 5 + "00")
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is its own."""

    return Handler


@contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(stub))
    stub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that does with each connection what `talk` does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, talk), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _accept(server: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            talk(connection)
