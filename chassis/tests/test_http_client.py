"""Calls to a provider: what comes back, and what counts as no answer."""

from types import SimpleNamespace

import pytest
from flask import Flask

from chassis import app as factory
from chassis import http_client, metrics
from chassis.config import Config
from chassis.connections import Pending, Reply, Request
from chassis.http_client import Answer, Provider, Unavailable
from chassis.testing import connect, growth, series, unplug

ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def far() -> Flask:
    far = factory.create("chassis", Config())

    @far.get("/seen")
    def seen() -> dict[str, str | None]:
        from flask import request

        return {
            "id": request.headers.get("X-Request-ID"),
            "token": request.headers.get("Authorization"),
            "q": request.args.get("q"),
        }

    @far.get("/html")
    def html() -> str:
        return "<p>no JSON</p>"

    @far.get("/broken")
    def broken() -> str:
        raise RuntimeError("far away")

    return far


@pytest.fixture
def provider(far: Flask) -> Provider:
    provider = Provider("far", "http://far")
    connect(provider, far)
    return provider


def test_token_parameters_and_the_id_of_the_request_at_hand_travel(
    app: Flask, provider: Provider
) -> None:
    with app.test_request_context(headers={"X-Request-ID": ID}):
        app.preprocess_request()
        answer = provider.call("GET", "/seen", token="t", params={"q": "ø &"})
    assert answer == Answer(200, {"id": ID, "token": "Bearer t", "q": "ø &"})


def test_a_refusal_is_an_answer(provider: Provider) -> None:
    assert provider.call("GET", "/nowhere").status == 404


@pytest.mark.parametrize("path", ["/html", "/broken"])
def test_what_is_no_usable_answer_is_unavailable_and_the_log_says_why(
    provider: Provider, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unavailable, match="far") as unavailable:
        provider.call("GET", path)
    [entry] = [each for each in caplog.records if each.name == "chassis.http_client"]
    assert (entry.levelname, entry.message) == ("WARNING", f"unavailable: {unavailable.value}")


def test_a_stopped_provider_is_unavailable(provider: Provider) -> None:
    unplug(provider)
    with pytest.raises(Unavailable, match="ConnectionError"):
        provider.call("GET", "/seen")


def test_a_refused_connection_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        Provider("nobody", "http://127.0.0.1:1").call("POST", "/", json={})


def test_calls_are_counted_by_outcome(app: Flask, provider: Provider) -> None:
    before = series(app.test_client())
    provider.call("GET", "/nowhere")
    unplug(provider)
    with pytest.raises(Unavailable):
        provider.call("GET", "/seen")
    grown = growth(app.test_client(), before)
    assert grown['minitwit_provider_call_seconds_count{outcome="404",provider="far"}'] == 1
    assert grown['minitwit_provider_call_seconds_count{outcome="unavailable",provider="far"}'] == 1


def test_time_before_an_answer_is_read_is_not_counted(
    app: Flask, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sending takes a second here, waiting two, and meanwhile somebody else is waited for."""
    clock = SimpleNamespace(now=0.0)
    for module in (http_client, metrics):
        monkeypatch.setattr(module, "perf_counter", lambda: clock.now)

    def slow(_: Request) -> Pending[Reply]:
        def reply() -> Reply:
            clock.now += 2
            return Reply(200, b"")

        clock.now += 1
        return reply

    provider.transport = slow
    before = series(app.test_client())
    answer = provider.begin("GET", "/seen")
    clock.now += 60
    answer()
    grown = growth(app.test_client(), before)
    assert grown['minitwit_provider_call_seconds_sum{outcome="200",provider="far"}'] == 3
