"""As much of Elasticsearch and Kibana as provisioning meets, as strict about what it is sent."""

import json
import re
import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.logs.tests.answers import ROUTES, Answer


class Stub(ThreadingHTTPServer):
    """Both on one port; what it was told is in `kept`, by path. `busy` answers are 503 first."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.users = {"elastic": "secret"}
        self.kept: dict[str, Any] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.objects: dict[tuple[str, str], Any] = {}
        self.streams: list[str] = []
        self.documents: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []
        self.rolled: list[str] = []
        self.done: list[str] = []
        self.busy = 0
        self.is_open = False
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """The first of `ROUTES` that fits answers."""

    server: Stub
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, told = self.answer()
        lines = told if isinstance(told, list) else [told]
        text = "\n".join(map(json.dumps, lines)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815

    def answer(self) -> Answer:
        if self.server.busy:
            self.server.busy -= 1
            return 503, {"error": {"reason": "starting"}}
        if self.server.is_open and self.path.startswith("/_security/"):
            return 405, {"error": "security is off"}
        if not self.is_known():
            return 401, {"error": {"reason": "unable to authenticate"}}
        for method, pattern, route in ROUTES:
            if method == self.command and (found := re.fullmatch(pattern, self.path)):
                try:
                    return route(self, *found.groups())
                except (AssertionError, KeyError, ValueError) as error:
                    return 400, {"error": {"reason": f"{type(error).__name__}: {error}"}}
        return 405, {"error": {"reason": f"no route for {self.command} {self.path}"}}

    def is_known(self) -> bool:
        if self.server.is_open:
            return True
        kind, _, told = self.headers.get("Authorization", "").partition(" ")
        name, _, secret = b64decode(told).decode().partition(":")
        if kind == "ApiKey":
            return self.server.keys.get(name, {}).get("api_key") == secret
        return kind == "Basic" and self.server.users.get(name) == secret

    def json(self) -> Any:
        assert self.headers["Content-Type"] == "application/json", "Content-Type"
        return json.loads(self.body)

    def log_message(self, *_: object) -> None:
        """Silence."""
