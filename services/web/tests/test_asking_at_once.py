"""A page sends its requests to all services before it waits for the first answer."""

from typing import Any

import pytest

from chassis.connections import Pending, Reply, Request
from services.web.tests.conftest import Browser, Site
from web import providers, visitor

NAMES = ("users", "messages", "followers")


@pytest.fixture
def way(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens: `NAME?` when a service is asked, `NAME!` when its answer is waited for."""
    happened: list[str] = []

    def watched(name: str, transport: Any) -> Any:
        def begin(request: Request) -> Pending[Reply]:
            happened.append(f"{name}?")
            waiting = transport(request)

            def wait() -> Reply:
                happened.append(f"{name}!")
                reply: Reply = waiting()
                return reply

            return wait

        return begin

    for name in NAMES:
        provider = getattr(providers.of(site.app), name).provider
        monkeypatch.setattr(provider, "transport", watched(name, provider.transport))
    return happened


def test_home_asks_followers_before_users_has_answered(jane: Browser, way: list[str]) -> None:
    jane.go("/")
    assert way[:4] == ["users?", "followers?", "users!", "followers!"]
    assert way[4:] == ["messages?", "messages!"]


def test_a_persons_page_asks_all_three_at_once(jane: Browser, joe: Browser, way: list[str]) -> None:
    jane.go("/joe")
    way.clear()
    jane.go("/joe")
    assert way[:3] == ["users?", "messages?", "followers?"]
    assert sorted(way[3:]) == ["followers!", "messages!", "users!"]


def test_the_public_page_asks_both_at_once(jane: Browser, way: list[str]) -> None:
    jane.go("/public")
    assert way[:2] == ["messages?", "users?"]
    assert sorted(way[2:]) == ["messages!", "users!"]


def test_an_anonymous_visitor_waits_for_messages_and_followers_at_once(
    anybody: Browser, joe: Browser, way: list[str]
) -> None:
    anybody.go("/joe")
    assert way[:2] == ["users?", "users!"]
    assert way[2:4] == ["messages?", "followers?"]
    assert sorted(way[4:]) == ["followers!", "messages!"]


def test_followers_is_asked_only_after_users_has_identified_a_new_session(
    site: Site, jane: Browser, joe: Browser, way: list[str]
) -> None:
    visitor.forget_all(site.app)
    page = jane.go("/joe")
    assert way.count("followers?") == 1
    assert way.index("users!") < way.index("followers?")
    assert page.texts(".followstatus p") == ["You are not yet following this user."]


def test_an_answer_fetched_for_one_user_is_never_shown_to_another(
    site: Site, jane: Browser
) -> None:
    jane.go("/")
    site.world.sessions.clear()
    name = site.app.config["SESSION_COOKIE_NAME"]
    cookie = jane.http.get_cookie(name)
    assert cookie is not None
    with site.app.test_request_context(headers={"Cookie": f"{name}={cookie.value}"}):
        asked_for: list[int | None] = []
        answer = visitor.meanwhile(lambda own_id: asked_for.append(own_id) or (lambda: own_id))
        assert (answer(), asked_for) == (None, [1, None])


def test_a_visitor_signed_out_elsewhere_sees_the_public_view(
    site: Site, jane: Browser, joe: Browser
) -> None:
    jane.post("/joe/follow")
    assert jane.go("/joe").texts(".followstatus p") == ["You are currently following this user."]
    site.world.sessions.clear()
    page = jane.go("/joe")
    assert page.texts(".followstatus") == []
    assert "1 follower" in page.text(".person p")
    assert "sign in" in page.texts("div.navigation a")
