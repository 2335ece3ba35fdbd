"""A MiniTwit in memory that loses, fails or dawdles as a test tells it."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Stub:
    """`status` may override an answer's; `forgets` keeps a text from being stored."""

    port: int = 0
    status: Callable[[str, str], int | None] = lambda method, path: None
    forgets: Callable[[str], bool] = lambda text: False
    seconds: float = 0.0
    page: str = "a page"
    names: list[str] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    follows: dict[str, list[str]] = field(default_factory=dict)
    connections: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, path: str, body: dict[str, str], who: str) -> tuple[int, str]:
        route, name = path.split("/")[-2], unquote(path.split("/")[-1])
        if path == "/login":
            return 302, ""
        if path == "/add_message":
            return self.store(who, body["text"], 302)
        if path == "/api/register":
            self.names.append(body["username"])
        elif route == "msgs":
            return self.store(name, body["content"], 204)
        else:
            self.follows.setdefault(name, []).append(body["follow"])
        return 204, ""

    def store(self, name: str, text: str, status: int) -> tuple[int, str]:
        if not self.forgets(text):
            self.texts.setdefault(name, []).append(text)
        return status, ""

    def read(self, path: str) -> tuple[int, str]:
        route, name = path.split("/")[-2], unquote(path.split("/")[-1])
        if route == "msgs":
            known = name in self.names
            found = [{"content": text} for text in self.texts.get(name, [])]
            return (200, json.dumps(found)) if known else (404, "{}")
        if route == "fllws":
            return 200, json.dumps({"follows": self.follows.get(name, [])})
        return 200, self.page


def parsed(sent: str) -> dict[str, str]:
    """A JSON object, or a form's fields."""
    if sent.startswith("{"):
        found: dict[str, str] = json.loads(sent)
        return found
    return {name: values[0] for name, values in parse_qs(sent).items()}


def handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            self.answer(path, *stub.read(path))

        def do_POST(self) -> None:
            path = urlsplit(self.path).path
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            with stub.lock:
                self.answer(path, *stub.write(path, parsed(sent), self.visitor()), parsed(sent))

        def visitor(self) -> str:
            return self.headers.get("Cookie", "").removeprefix("session=")

        def answer(
            self, path: str, status: int, text: str, body: Mapping[str, str] = MappingProxyType({})
        ) -> None:
            stub.connections.append(self.headers.get("Connection", "keep-alive"))
            time.sleep(stub.seconds)
            told = stub.status(self.command, path) or status
            self.send_response(told)
            self.send_header("X-Request-ID", "c0ffee" * 5 + "00")
            self.send_header("Set-Cookie", f"session={body.get('username', '')}; Path=/")
            if told == 503:
                self.send_header("Retry-After", "1")
            sent = b"" if told == 204 else text.encode()
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is its own."""

    return Handler


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextmanager
def running() -> Iterator[Stub]:
    stub = Stub()
    server = Server(("127.0.0.1", 0), handler(stub))
    stub.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
