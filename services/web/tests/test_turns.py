"""What takes much memory is served two at a time, and everything else meanwhile."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from services.web.tests.conftest import Browser, Page, Site
from web import turns

LARGE = '"' * 900_000


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a turn."""
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.0)


@pytest.fixture
def crowded(site: Site, hasty: None) -> Iterator[None]:
    """All turns are taken."""
    making = turns.of(site.app).at_making
    for _ in range(turns.MADE_AT_ONCE):
        assert making.acquire(blocking=False)
    yield
    making.release(turns.MADE_AT_ONCE)


def sent(browser: Browser, path: str, **form: str) -> Page:
    """As multipart, in which letters take no more room than in a text."""
    return Page(browser.http.post(path, data=form, content_type="multipart/form-data"))


@pytest.fixture
def wordy(site: Site, jane: Browser) -> Browser:
    """Jane, whose six messages make a large page."""
    for _ in range(6):
        site.world.say("jane", "x" * 10_000)
    return jane


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/add_message", "text"),
        ("/login", "username"),
        ("/login", "next"),
        ("/register", "email"),
        ("/messages/1/delete", "back"),
        ("/not/a/page", "text"),
    ],
)
def test_a_large_form_has_to_wait_unread_and_can_be_sent_again(
    anybody: Browser, path: str, field: str
) -> None:
    page = sent(anybody, path, **{field: LARGE})
    assert (page.status, page.answer.headers["Retry-After"]) == (503, "1")
    assert "Back button brings back what you typed" in page.text("main")
    assert len(page.html) < 10_000


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("path", ["/", "/public", "/jane"])
def test_a_page_of_long_messages_has_to_wait(wordy: Browser, path: str) -> None:
    page = wordy.go(path)
    assert page.status == 503
    assert "Try again in a moment" in page.text("main")


@pytest.mark.usefixtures("crowded")
def test_nothing_else_has_to_wait(site: Site, anybody: Browser, wordy: Browser) -> None:
    assert anybody.get("/public?before=1").status_code == 200
    assert wordy.get("/settings").status_code == 200
    assert wordy.post("/add_message", text="y" * 10_000).status_code == 302
    assert sent(anybody, "/add_message", text="typed").value("text") == "typed"


@pytest.mark.usefixtures("hasty")
def test_who_reads_slowly_holds_up_only_what_is_as_large(
    site: Site, anybody: Browser, wordy: Browser
) -> None:
    with ExitStack() as unread:
        for _ in range(turns.SENT_AT_ONCE):
            answer = anybody.http.post("/login", data={"username": LARGE}, buffered=False)
            unread.callback(answer.close)
        assert wordy.go("/public").status == 503
        assert wordy.go("/settings").status == 200
    assert wordy.go("/public").status == 200


@pytest.mark.usefixtures("hasty")
def test_who_reads_too_slowly_is_given_up(anybody: Browser) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        environ = {"gunicorn.socket": ours}
        anybody.http.post("/login", data={"username": LARGE}, environ_base=environ)
        assert ours.gettimeout() == turns.SENDING_SECONDS


@pytest.mark.usefixtures("hasty")
def test_a_turn_ends_with_its_request(anybody: Browser, wordy: Browser) -> None:
    for _ in range(turns.SENT_AT_ONCE + 1):
        assert sent(anybody, "/add_message", text=LARGE).value("text") == LARGE
        assert wordy.go("/public").status == 200


@pytest.mark.usefixtures("hasty")
def test_a_large_form_that_leads_to_a_large_page_takes_one_turn(site: Site, wordy: Browser) -> None:
    making = turns.of(site.app).at_making
    assert making.acquire(blocking=False)
    try:
        page = sent(wordy, "/add_message", text=LARGE)
    finally:
        making.release()
    assert (page.status, page.value("text")) == (400, LARGE)
    assert len(page.texts("ul.messages > li")) == 6
