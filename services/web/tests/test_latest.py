"""GET /api/latest."""

from threading import Event

import pytest

from chassis.connections import Pending, Reply, Request
from chassis.http_client import MOST_IN_VAIN, Provider, Unavailable
from chassis.testing import is_error
from services.web.tests.conftest import Browser, Site
from tests.system import PATIENCE
from web import latest

EARLY, LATE = "2026-11-22T15:04:05.000001+00:00", "2026-11-22T16:04:05.000002+01:00"


@pytest.mark.contract("A.2 GET /latest gives 200, before anything was recorded -1")
def test_before_anything_was_recorded_it_is_minus_one(anybody: Browser) -> None:
    answer = anybody.get("/api/latest")
    assert (answer.status_code, answer.json) == (200, {"latest": -1})
    assert answer.mimetype == "application/json"


@pytest.mark.contract("A.2 Last write wins; it is no maximum")
def test_what_was_recorded_last_wins(site: Site, anybody: Browser) -> None:
    site.world.latest.update(users=(1337, EARLY), followers=(1, LATE))
    assert anybody.get("/api/latest").json == {"latest": 1}


@pytest.mark.contract("A.2 GET /latest never writes it")
def test_asking_with_a_value_writes_nothing(site: Site, anybody: Browser) -> None:
    site.world.latest.update(messages=(0, EARLY))
    assert anybody.get("/api/latest?latest=77").json == {"latest": 0}
    assert sorted(site.world.calls) == [
        "followers GET /simulator/latest",
        "messages GET /simulator/latest",
        "users GET /simulator/latest",
    ]


def test_a_service_that_does_not_answer_is_left_out(site: Site, anybody: Browser) -> None:
    site.world.latest.update(users=(7, EARLY), followers=(8, LATE))
    site.stop("followers")
    assert anybody.get("/api/latest").json == {"latest": 7}


def test_a_service_that_was_late_is_asked_all_the_same(
    site: Site, anybody: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(_request: Request) -> Pending[Reply]:
        def reply() -> Reply:
            raise TimeoutError

        return reply

    site.world.latest.update(users=(7, EARLY), followers=(8, LATE))
    [followers] = [each for each in latest.of(site.app).providers if each.name == "followers"]
    with monkeypatch.context() as patched:
        patched.setattr(followers, "transport", late)
        for _ in range(2 * MOST_IN_VAIN):
            assert anybody.get("/api/latest").json == {"latest": 7}
    assert anybody.get("/api/latest").json == {"latest": 8}


def test_when_none_answers_it_is_a_503_in_the_simulators_form(site: Site, anybody: Browser) -> None:
    site.stop("users", "messages", "followers")
    answer = anybody.get("/api/latest")
    assert is_error(answer, 503)
    assert answer.headers["Retry-After"] == "1"


def test_what_fails_here_is_no_silence_of_a_service(
    monkeypatch: pytest.MonkeyPatch, anybody: Browser
) -> None:
    def broken(_provider: Provider) -> None:
        raise AttributeError

    monkeypatch.setattr(latest, "_ask", broken)
    assert anybody.get("/api/latest").status_code == 500


@pytest.mark.usefixtures("site")
def test_calls_still_queued_at_the_timeout_are_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, hanging = list[Provider](), Event()
    monkeypatch.setattr(latest, "_ask", asked.append)
    of_one_thread = latest.Latest([Provider("users", "http://users")], threads=1)
    of_one_thread._pool.submit(hanging.wait, PATIENCE)
    with monkeypatch.context() as patch:
        patch.setattr(latest, "ALL_SECONDS", 0.0)
        with pytest.raises(Unavailable):
            of_one_thread.newest()
    hanging.set()
    assert of_one_thread.newest() == -1
    assert len(asked) == 1


def test_latest_ignores_the_session_and_sets_no_cookie(site: Site, jane: Browser) -> None:
    site.world.calls.clear()
    answer = jane.get("/api/latest/")
    assert "Set-Cookie" not in answer.headers
    assert "users POST /v1/access-tokens" not in site.world.calls
    assert len(site.world.calls) == 3


def test_the_request_id_reaches_the_services(site: Site, anybody: Browser) -> None:
    given = "0123456789abcdef" * 2
    anybody.get("/api/latest", headers={"X-Request-ID": given})
    assert site.world.request_ids == {given}


@pytest.mark.contract("A.1 Every error is JSON")
@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/api/latest", 405), ("GET", "/api/nothing", 404)]
)
def test_errors_under_api_are_json(anybody: Browser, method: str, path: str, status: int) -> None:
    assert is_error(anybody.http.open(path, method=method), status)
