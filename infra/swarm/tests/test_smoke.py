"""How the smoke test asks; what it asks for is tested by whoever runs it on a system."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

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


def test_a_proxy_of_the_environment_is_for_others(
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
