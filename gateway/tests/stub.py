"""A service that answers whatever a test asks of it, and remembers what it was asked."""

import json
import socket
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What only the gateway's own word may say to a client.
OF_THE_GATEWAY = {
    "X-Request-ID": "of the service",
    "Content-Security-Policy": "default-src *",
    "X-Content-Type-Options": "none",
    "Referrer-Policy": "unsafe-url",
    "Permissions-Policy": "camera=*",
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Strict-Transport-Security": "max-age=1",
}


class Server(ThreadingHTTPServer):
    """Knows its service's name and the calls so far."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.name = name
        self.calls: list[str] = []


class Stub:
    """Listens on a free port; the request's `X-Behave` header says how to answer."""

    def __init__(self, name: str) -> None:
        self.server = Server(name)
        self.port = int(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def calls(self) -> list[str]:
        return self.server.calls

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    """`behave_NAME` answers a request with the header `X-Behave: NAME detail`."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        self.server.calls.append(f"{self.command} {self.path}")
        self.size = len(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        behaviour, _, detail = (self.headers.get("X-Behave") or "echo").partition(" ")
        getattr(self, f"behave_{behaviour}")(detail)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any  # noqa: N815

    def behave_echo(self, _: str) -> None:
        seen = {
            "service": self.server.name,
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "size": self.size,
        }
        self.answer(200, json.dumps(seen), "application/json")

    def behave_status(self, status: str) -> None:
        self.answer(int(status), "the service's own words", "text/plain")

    def behave_large(self, size: str) -> None:
        self.answer(200, "x" * int(size), "text/html")

    def behave_page(self, cookie: str) -> None:
        """A page that may be kept; each is another. `cookie` makes it somebody's."""
        headers = {"X-Accel-Expires": "1", "Cache-Control": "no-cache"}
        headers |= {"Set-Cookie": cookie} if cookie else {}
        self.answer(200, f"{'x' * 5000} {time.time()}", "text/html", headers)

    def behave_hang(self, _: str) -> None:
        """Until the end of this process."""
        threading.Event().wait()

    def behave_close(self, _: str) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def behave_close_once(self, _: str) -> None:
        """For each path and method, the first time."""
        if self.server.calls.count(f"{self.command} {self.path}") % 2:
            return self.behave_close("")
        return self.behave_echo("")

    def answer(
        self, status: int, text: str, kind: str, headers: Mapping[str, str] | None = None
    ) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in OF_THE_GATEWAY.items():
            self.send_header(name, value)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silence."""
