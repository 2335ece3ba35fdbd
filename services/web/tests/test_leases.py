"""During a lease from users, web knows who is signed in without asking."""

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from chassis.connections import Reply
from services.web.tests.conftest import Browser, Site
from web import known_sessions, providers
from web.clients import users
from web.clients.users import Lease
from web.known_sessions import KnownSessions, Visitor

JANE, JOE = Visitor(1, "jane", "access of jane"), Visitor(2, "joe", "access of joe")
TRADE = "users POST /v1/access-tokens"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Whose `now`, in seconds, is what the monotonic clock shows."""
    clock = SimpleNamespace(now=time.monotonic(), monotonic=lambda: clock.now)
    monkeypatch.setattr(known_sessions, "time", clock)
    monkeypatch.setattr(users, "monotonic", clock.monotonic)
    return clock


def trades(site: Site, browser: Browser, path: str = "/") -> int:
    """How often users is asked who this is while a page is opened."""
    before = site.world.calls.count(TRADE)
    assert browser.get(path).status_code == 200
    return site.world.calls.count(TRADE) - before


@pytest.fixture
def leased(site: Site, jane: Browser, joe: Browser, clock: SimpleNamespace) -> Site:
    """jane and joe have traded their sessions under the same revision, and a lease is on."""
    site.world.revision, site.world.lease_seconds = "first", 10.0
    for browser in (jane, joe):
        assert trades(site, browser) == 1
    return site


def test_during_a_lease_users_is_not_asked_about_known_sessions(
    leased: Site, jane: Browser, joe: Browser
) -> None:
    assert [trades(leased, each) for each in (jane, joe, jane, joe)] == [0] * 4
    assert "jane" in jane.get("/public").text
    assert jane.post("/add_message", text="as jane").status_code == 302
    assert leased.world.messages[0]["author"]["name"] == "jane"


def test_without_a_lease_every_page_asks_users(
    site: Site, jane: Browser, clock: SimpleNamespace
) -> None:
    assert [trades(site, jane) for _ in range(3)] == [1] * 3
    site.world.revision = "first"
    assert [trades(site, jane) for _ in range(3)] == [1] * 3


def test_one_trade_in_the_second_half_of_a_lease_renews_it_for_all(
    leased: Site, jane: Browser, joe: Browser, clock: SimpleNamespace
) -> None:
    clock.now += 4.9
    assert [trades(leased, each) for each in (jane, joe)] == [0, 0]
    clock.now += 0.2
    assert [trades(leased, each) for each in (jane, joe, jane)] == [1, 0, 0]
    clock.now += 4.9
    assert [trades(leased, each) for each in (jane, joe)] == [0, 0]


def test_after_a_lease_the_first_visitor_renews_it(
    leased: Site, jane: Browser, joe: Browser, clock: SimpleNamespace
) -> None:
    clock.now += 10
    assert [trades(leased, each) for each in (jane, joe)] == [1, 0]


def test_under_a_new_revision_a_known_session_is_checked_again(
    leased: Site, jane: Browser, joe: Browser, clock: SimpleNamespace
) -> None:
    session = next(key for key, name in leased.world.sessions.items() if name == "joe")
    del leased.world.sessions[session]
    leased.world.revision = "second"
    clock.now += 10
    assert trades(leased, jane) == 1
    assert joe.get("/").status_code == 302
    assert [trades(leased, jane) for _ in range(2)] == [0, 0]


def test_a_lease_begins_when_it_is_asked_for(leased: Site, clock: SimpleNamespace) -> None:
    begun = clock.now
    trade = providers.of(leased.app).users.trade(next(iter(leased.world.sessions)))
    clock.now += 9
    access = trade()
    assert access is not None
    assert access.lease == Lease("first", begun + 10)


def test_a_lease_that_was_given_earlier_ends_no_later_one(clock: SimpleNamespace) -> None:
    known = KnownSessions()
    known.keep("joe's", JOE, 300, Lease("second", clock.now + 10), known.dropped)
    known.keep("jane's", JANE, 300, Lease("first", clock.now + 9), known.dropped)
    assert known.leased("joe's") == JOE
    assert known.leased("jane's") is None


def test_a_token_that_ends_ends_during_a_lease_too(clock: SimpleNamespace) -> None:
    known = KnownSessions()
    known.keep(
        "jane's",
        JANE,
        known_sessions.MARGIN_SECONDS + 2,
        Lease("first", clock.now + 10),
        known.dropped,
    )
    assert known.leased("jane's") == JANE
    clock.now += 2
    assert known.leased("jane's") is None


def test_signing_out_takes_effect_even_during_a_lease(leased: Site, jane: Browser) -> None:
    cookie = jane.http.get_cookie("minitwit")
    assert cookie is not None
    jane.post("/logout")
    copied = leased.browser()
    copied.http.set_cookie("minitwit", cookie.value)
    assert copied.get("/").status_code == 302


def test_a_page_in_progress_does_not_undo_signing_out(
    clock: SimpleNamespace,
) -> None:
    known, lease = KnownSessions(), Lease("first", clock.now + 10)
    for drop in (lambda: known.drop("jane's"), lambda: known.drop_of(JANE.id)):
        before = known.dropped
        drop()
        known.keep("jane's", JANE, 300, lease, before)
        assert known.last_known("jane's") is None
    known.keep("jane's", JANE, 300, lease, known.dropped)
    assert known.last_known("jane's") == JANE


def test_a_token_that_is_refused_is_not_sent_again(leased: Site, jane: Browser) -> None:
    """As by a service whose clock is ahead of ours."""
    messages = providers.of(leased.app).messages.provider
    transport = messages.transport
    messages.transport = lambda _: lambda: Reply(401, b"{}")
    assert jane.send("/add_message", text="typed").value("text") == "typed"
    messages.transport = transport
    assert trades(leased, jane) == 1


def test_a_page_asks_for_the_rest_at_once_during_a_lease(leased: Site, jane: Browser) -> None:
    before = len(leased.world.calls)
    jane.get("/")
    assert leased.world.calls[before:] == [
        "followers GET /v1/users/1/followee-ids",
        "messages POST /v1/timelines",
    ]
