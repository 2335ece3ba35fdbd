"""How the smoke test asks, and what it takes for wrong."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from dev import ports
from infra.swarm import smoke

NOWHERE = "http://127.0.0.1:1"
ANSWERS = {"/public": 200, "/api/latest": 200, "/api/msgs/ada": 403}
Serve = Callable[[], object]


class Handler(BaseHTTPRequestHandler):
    """As much of the system as nobody in particular meets."""

    def do_GET(self) -> None:
        self.send_response(ANSWERS[self.path])
        self.end_headers()
        self.wfile.write(json.dumps({"latest": 1}).encode())

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is its own."""


@pytest.fixture
def port() -> int:
    return ports.free(20_000)


@pytest.fixture
def serve(port: int) -> Iterator[Serve]:
    """Lets somebody answer there from now on."""
    with ExitStack() as stack:

        def begin() -> None:
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", port), Handler))
            Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)

        yield begin


def pause(monkeypatch: pytest.MonkeyPatch, pausing: Serve) -> None:
    """What happens while the smoke test waits; time does not end."""
    clock = SimpleNamespace(monotonic=lambda: 0.0, sleep=lambda _: pausing())
    monkeypatch.setattr(smoke, "time", clock)


def test_a_gateway_that_refuses_is_waited_for(
    port: int, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause(monkeypatch, serve)
    smoke._await_gateway(smoke.session(), f"http://127.0.0.1:{port}")


def test_a_gateway_that_hangs_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([requests.ReadTimeout("hangs"), SimpleNamespace(status_code=200)])

    class Session(requests.Session):
        def get(self, *_: object, **__: object) -> requests.Response:
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

    pause(monkeypatch, lambda: None)
    smoke._await_gateway(Session(), NOWHERE)
    assert list(answers) == []


def test_a_gateway_that_does_not_come_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "START_SECONDS", -1.0)
    with pytest.raises(smoke.Trouble, match="does not answer"):
        smoke.test(NOWHERE)


def test_proxy_settings_in_the_environment_are_ignored(
    port: int, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    serve()
    nobody, url = smoke.session(), f"http://127.0.0.1:{port}"
    smoke._await_gateway(nobody, url)
    smoke._simulate(nobody, url, "ada")


class Site:
    """All of the site, as everybody's browser meets it; what is `broken` answers as is said there.

    From the pages in `without` the newest message is missing.
    """

    def __init__(self, broken: dict[str, int], without: str = "") -> None:
        self.broken, self.without = broken, without
        self.text, self.asked = "", list[str]()

    def get(self, url: str, **options: Any) -> SimpleNamespace:
        return self.request("GET", url, **options)

    def request(
        self, method: str, url: str, data: dict[str, str] | None = None, timeout: float = 0
    ) -> SimpleNamespace:
        path = url.removeprefix(NOWHERE)
        self.asked.append(f"{method} {path}")
        self.text = (data or {}).get("text", self.text)
        usual = 403 if path.startswith("/api/msgs/") else 200
        status = next((code for part, code in self.broken.items() if part in path), usual)
        is_own = path.startswith("/smoke-author") and self.without != "/own"
        form = '<form action="/messages/7/delete">' if is_own else ""
        page = "" if path == self.without else f"{self.text} {form}"
        if path == "/api/latest":
            page = '{"latest":-1}' if self.without != path else "<title>Maintenance</title>"
        return SimpleNamespace(status_code=status, text=page, headers={})


def test_a_site_without_fault_is_walked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site({})
    monkeypatch.setattr(smoke, "session", lambda: site)
    smoke.test(NOWHERE)
    assert "POST /messages/7/delete" in site.asked
    assert site.asked[-1].endswith("/unfollow")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/register", 500, "POST /register gave 500"),
        ("/login", 401, "POST /login gave 401"),
        ("/api/latest", 503, "GET /api/latest gave 503"),
        ("/api/msgs/", 200, "messages without credentials gave 200"),
        ("/add_message", 503, "POST /add_message gave 503"),
        ("/follow", 404, "/follow gave 404"),
        ("/delete", 403, "POST /messages/7/delete gave 403"),
        ("/unfollow", 500, "/unfollow gave 500"),
    ],
)
def test_the_first_step_that_goes_wrong_is_told_of(
    monkeypatch: pytest.MonkeyPatch, path: str, status: int, words: str
) -> None:
    site = Site({path: status})
    monkeypatch.setattr(smoke, "session", lambda: site)
    with pytest.raises(smoke.Trouble, match=words):
        smoke.test(NOWHERE)


@pytest.mark.parametrize(
    ("without", "words"),
    [("/own", "no form to delete"), ("/api/latest", "gave 200 <title>Maintenance")],
)
def test_what_is_there_and_does_not_work_is_reported(
    monkeypatch: pytest.MonkeyPatch, without: str, words: str
) -> None:
    site = Site({}, without)
    monkeypatch.setattr(smoke, "session", lambda: site)
    with pytest.raises(smoke.Trouble, match=words):
        smoke.test(NOWHERE)


@pytest.mark.parametrize(
    ("path", "where"), [("/public", "the public timeline"), ("/", "the follower's timeline")]
)
def test_a_message_that_does_not_arrive_is_told_of(
    monkeypatch: pytest.MonkeyPatch, path: str, where: str
) -> None:
    site = Site({}, without=path)
    monkeypatch.setattr(smoke, "session", lambda: site)
    with pytest.raises(smoke.Trouble, match=f"missing from {where}"):
        smoke.test(NOWHERE)
