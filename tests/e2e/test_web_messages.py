"""CONTRACT B through the gateway: writing, reading page by page, deleting, following."""

from collections.abc import Callable
from urllib.parse import unquote

import pytest

from tests.people import Browser, Simulator, quoted

LONGEST = 10_000


@pytest.mark.contract("B /add_message: stored and flash; 302 to /")
def test_a_message_is_recorded(me: Browser) -> None:
    answer = me.post("/add_message", text="hello")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    page = me.go("/")
    assert page.flashes == ["Your message was recorded"]
    assert page.messages == ["hello"]


def test_a_form_that_is_sent_twice_is_posted_once(me: Browser) -> None:
    form = {"text": "once", "submission": me.go("/").value("submission")}
    assert me.send("/add_message", **form).messages == ["once"]
    assert me.send("/add_message", **form).messages == ["once"]


@pytest.mark.contract("B /add_message: empty: no flash; 302 to /")
def test_an_empty_message_is_none(me: Browser) -> None:
    me.go("/")
    answer = me.post("/add_message", text="")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert (me.go("/").flashes, me.go("/").messages) == ([], [])


@pytest.mark.contract("B /add_message: 401 anonymous; field absent 400")
def test_without_a_session_401_and_without_a_text_400(browser: Browser, me: Browser) -> None:
    assert browser.post("/add_message", text="x").status_code == 401
    assert browser.post("/add_message").status_code == 401
    assert me.post("/add_message").status_code == 400
    assert browser.ask("GET", "/add_message").status_code == 405


@pytest.mark.contract("A.5 Texts up to 10,000 characters: on the web too, and nothing is lost")
@pytest.mark.parametrize("letter", ["x", "é", "名", "🦜", "&", "\n"])
def test_a_text_that_is_too_long_is_still_in_the_form(me: Browser, letter: str) -> None:
    fits = f"{letter * (LONGEST - 1)}."
    assert me.send("/add_message", text=fits).messages == [fits]
    page = me.send("/add_message", text=f"{letter}{fits}")
    assert page.status == 400
    assert page.value("text") == f"{letter}{fits}"
    assert page.errors


@pytest.mark.contract('B "older" and "newer" links')
@pytest.mark.parametrize("place", ["/public", "/{name}", "/"])
def test_each_message_is_read_once_forth_and_back(
    me: Browser, simulator: Simulator, place: str
) -> None:
    texts = [f"{number} of {me.name}" for number in range(65)]
    for text in texts:
        simulator.tweet(me.name, text)
    forth = walk(me, place.format(name=quoted(me.name)), "next")
    assert [text for _, page in forth for text in page if text in texts] == texts[::-1]
    assert [len(page) for _, page in forth[:2]] == [30, 30]
    back = walk(me, forth[2][0], "prev")
    newer = [text for _, page in back[::-1] for text in page]
    assert [text for text in newer if text in texts] == texts[::-1]


def walk(browser: Browser, path: str, rel: str) -> list[tuple[str, list[str]]]:
    """Up to three pages, each by its address, with what stands on it."""
    walked = []
    while path and len(walked) < 3:
        page = browser.go(path)
        assert page.status == 200
        walked.append((path, page.messages))
        links = page.all(f'a[rel="{rel}"]')
        path = str(links[0]["href"]) if links else ""
    return walked


@pytest.mark.contract("B newer and older: none where there is no such page")
def test_the_first_page_has_no_newer_and_the_last_no_older(
    me: Browser, simulator: Simulator
) -> None:
    for number in range(30):
        simulator.tweet(me.name, str(number))
    assert not me.go("/").all("a[rel=next], a[rel=prev]")
    simulator.tweet(me.name, "one more")
    first = me.go("/")
    assert not first.all("a[rel=prev]")
    last = me.go(str(first.one("a[rel=next]")["href"]))
    assert last.messages == ["0"]
    assert not last.all("a[rel=next]")


def test_ones_own_message_can_be_deleted_and_nobody_elses(
    me: Browser, signed_in: Callable[[], Browser], simulator: Simulator
) -> None:
    other = signed_in()
    me.post("/add_message", text="mine")
    page = me.go(f"/{quoted(me.name)}")
    action = str(page.one("form[action$='/delete']")["action"])
    assert not other.go(f"/{quoted(me.name)}").all("form[action$='/delete']")
    assert Browser(me.site).post(action).status_code == 401
    assert other.post(action).status_code == 403
    assert me.go(f"/{quoted(me.name)}").messages == ["mine"]
    assert me.send(action).flashes == ["Your message was deleted"]
    assert simulator.messages(me.name) == []
    assert me.send(action).flashes == []


@pytest.mark.contract("B follow, unfollow: POST; GET for old links; flash, 302 to /{name}")
@pytest.mark.contract("B Quotes must come out as &#34;: suites look for &#34;foo&#34;")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_following_and_unfollowing(
    me: Browser, simulator: Simulator, registered: Callable[[], str], method: str
) -> None:
    name = registered()
    for verb, words, follows in (
        ("follow", "You are now following", [name]),
        ("unfollow", "You are no longer following", []),
    ):
        answer = me.ask(method, f"/{quoted(name)}/{verb}")
        assert answer.status_code == 302
        assert unquote(answer.headers["Location"]) == f"/{name}"
        page = me.go(f"/{quoted(name)}")
        assert page.flashes == [f'{words} "{name}"']
        assert f"<li>{words} &#34;{name}&#34;</li>" in page.html
        assert simulator.follows(me.name) == follows


@pytest.mark.contract("B follow, unfollow: 401 anonymous (before 404); 404 unknown")
@pytest.mark.parametrize("verb", ["follow", "unfollow"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_following_needs_a_session_first_and_then_a_person(
    browser: Browser, me: Browser, name: str, verb: str, method: str
) -> None:
    assert browser.ask(method, f"/{quoted(me.name)}/{verb}").status_code == 401
    assert browser.ask(method, f"/{quoted(name)}/{verb}").status_code == 401
    assert me.ask(method, f"/{quoted(name)}/{verb}").status_code == 404


@pytest.mark.contract("A.6 Self-follow: 204; on the web too")
def test_people_may_follow_themselves(me: Browser) -> None:
    assert me.post(f"/{quoted(me.name)}/follow").status_code == 302
    me.post("/add_message", text="once")
    assert me.go("/").messages == ["once"]
