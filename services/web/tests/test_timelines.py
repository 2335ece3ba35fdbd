"""The three timelines and what stands around them."""

import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from services.web.tests import fakes
from services.web.tests.conftest import Browser, Page, Site
from web import names

ODD_NAMES = ["Roger Histand", "Åse", "o'Neil", 'a "quoted" one', "semi;colon", "50%", "why?", "#1"]


def shown(page: Page) -> list[str]:
    return page.texts("ul.messages .text")


@pytest.mark.contract("B / GET: anonymous: 302 to /public")
def test_home_redirects_anonymous_visitors_to_the_public_timeline(anybody: Browser) -> None:
    answer = anybody.get("/")
    assert (answer.status_code, answer.location) == (302, "/public")


@pytest.mark.contract("B / GET: My Timeline, own and followed users' messages")
def test_home_has_ones_own_and_followed_messages(site: Site, jane: Browser, joe: Browser) -> None:
    site.world.accounts["stranger"] = "x"
    site.world.say("stranger", "from a stranger")
    site.world.say("joe", "from joe")
    site.world.say("jane", "from jane")
    jane.post("/joe/follow")
    assert shown(jane.go("/")) == ["from jane", "from joe"]


@pytest.mark.contract("B /public GET: newest 30 of everybody")
def test_the_public_timeline_has_the_newest_thirty(site: Site, jane: Browser) -> None:
    for number in range(31):
        site.world.say("jane", f"number {number}")
    assert shown(jane.go("/public")) == [f"number {n}" for n in range(30, 0, -1)]


@pytest.mark.contract("B /{name} GET: newest 30 of that user; 404 unknown")
def test_a_persons_page_has_that_persons_messages(site: Site, jane: Browser, joe: Browser) -> None:
    site.world.say("joe", "from joe")
    site.world.say("jane", "from jane")
    assert shown(jane.go("/joe")) == ["from joe"]
    assert jane.get("/nobody").status_code == 404


@pytest.mark.contract("B <title> and <h2>: the same words; <h1>MiniTwit</h1>")
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/public", "Public Timeline"),
        ("/", "My Timeline"),
        ("/jane", "jane's Timeline"),
        ("/settings", "Settings"),
    ],
)
def test_title_and_heading_are_the_contracts(jane: Browser, path: str, words: str) -> None:
    page = jane.go(path)
    assert f"<title>{words} | MiniTwit</title>" in page.html
    assert f"<h2>{words}</h2>" in page.html
    assert "<h1>MiniTwit</h1>" in page.html


@pytest.mark.contract("B <title>: Sign In | MiniTwit, Sign Up | MiniTwit")
@pytest.mark.parametrize(("path", "words"), [("/login", "Sign In"), ("/register", "Sign Up")])
def test_title_and_heading_of_the_forms(anybody: Browser, path: str, words: str) -> None:
    page = anybody.go(path)
    assert f"<title>{words} | MiniTwit</title>" in page.html
    assert f"<h2>{words}</h2>" in page.html


@pytest.mark.contract("B div.navigation, each item a link")
def test_navigation_signed_in_and_anonymous(anybody: Browser, jane: Browser) -> None:
    assert jane.go("/public").texts("div.navigation a") == [
        "my timeline", "public timeline", "sign out [jane]",
    ]  # fmt: skip
    assert anybody.go("/public").texts("div.navigation a") == [
        "public timeline", "sign up", "sign in",
    ]  # fmt: skip


@pytest.mark.contract("B / when logged in: div.twitbox with What's on your mind NAME?")
def test_home_has_the_twitbox(jane: Browser) -> None:
    page = jane.go("/")
    assert "<h3>What's on your mind jane?</h3>" in page.html
    (form,) = page.soup.select("div.twitbox form")
    assert (form["action"], form["method"]) == ("/add_message", "post")
    assert form.select_one("[name=text]")
    assert form.select_one("input[type=submit][value=Share]")


@pytest.mark.contract("B <ul class=messages>, one <li> a message")
def test_a_message_has_picture_author_text_and_time(site: Site, jane: Browser) -> None:
    site.world.say("jane", "<b>bold</b> & co")
    page = jane.go("/public")
    (item,) = page.soup.select("ul.messages > li")
    picture = item.select_one("img")
    assert picture is not None
    assert picture["alt"] == ""
    assert '<strong><a href="/jane">jane</a></strong>' in page.html
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; co" in page.html
    assert "<small>&mdash; <time" in page.html
    assert item.select_one("small").text == "— 2026-11-22 @ 15:05"  # type: ignore[union-attr]
    assert item.select_one("time")["datetime"] == "2026-11-22T15:05:05.123+00:00"  # type: ignore[index,union-attr]


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process whose local time is not UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


def test_times_are_in_utc_wherever_the_process_runs(site: Site, jane: Browser, tokyo: None) -> None:
    site.world.say("jane", "that no other test has posted, so that its time is not cached")
    (item,) = jane.go("/public").soup.select("ul.messages small")
    assert item.text == "— 2026-11-22 @ 15:05"


def test_following_more_people_than_messages_accepts_still_shows_a_timeline(
    site: Site, jane: Browser
) -> None:
    site.world.say("jane", "hello")
    site.world.follows = {(1, other) for other in range(2, fakes.MOST_AUTHORS + 2)}
    page = jane.go("/")
    assert page.status == 200
    assert page.texts("div.text") == ["hello"]


@pytest.mark.contract("B None: <li><em>There's no message so far.</em>")
@pytest.mark.parametrize("path", ["/", "/public", "/jane"])
def test_an_empty_timeline_says_so(jane: Browser, path: str) -> None:
    assert "<li><em>There's no message so far.</em>" in jane.go(path).html


@pytest.mark.contract("B User pages when logged in: div.followstatus")
def test_follow_status_of_oneself_of_others_and_for_nobody(
    anybody: Browser, jane: Browser, joe: Browser
) -> None:
    assert jane.go("/jane").text("div.followstatus") == "This is you!"
    page = jane.go("/joe")
    assert page.text("div.followstatus p") == "You are not yet following this user."
    assert page.soup.select("form[action='/joe/follow'][method=post] .follow")
    jane.post("/joe/follow")
    page = jane.go("/joe")
    assert page.text("div.followstatus p") == "You are currently following this user."
    assert page.soup.select("form[action='/joe/unfollow'][method=post] .unfollow")
    assert anybody.go("/joe").texts("div.followstatus") == []


def test_a_persons_page_tells_how_many_follow(jane: Browser, joe: Browser) -> None:
    jane.post("/joe/follow")
    assert joe.go("/joe").text(".person p") == "1 follower · following 0"


def test_follower_counts_are_cached_only_for_anonymous_visitors(
    anybody: Browser, jane: Browser, joe: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("web.clients.followers.monotonic", lambda: now[0])
    assert anybody.go("/joe").text(".person p") == "0 followers · following 0"
    jane.post("/joe/follow")
    assert jane.go("/joe").text(".person p") == "1 follower · following 0"
    assert anybody.go("/joe").text(".person p") == "0 followers · following 0"
    now[0] += 1
    assert anybody.go("/joe").text(".person p") == "1 follower · following 0"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_works_in_an_address(site: Site, jane: Browser, name: str) -> None:
    site.world.accounts[name] = "x"
    site.world.say(name, "hello")
    (link,) = jane.go("/public").soup.select("ul.messages strong a")
    page = jane.go(str(link["href"]))
    assert page.text("h2") == f"{name}'s Timeline"
    (form,) = page.soup.select("div.followstatus form")
    assert jane.send(str(form["action"])).path == f"/{name}"
    assert shown(jane.go("/")) == ["hello"]


@pytest.mark.parametrize("name", [".", "..", "x" * 101, "a\0b", "a\nb"])
def test_an_impossible_name_is_not_looked_up(site: Site, anybody: Browser, name: str) -> None:
    answer = anybody.get("/" + quote(name).replace(".", "%2e"))
    assert answer.status_code == 404
    assert site.world.calls == []


def test_no_page_is_taken_for_a_name(site: Site) -> None:
    firsts = {rule.rule.split("/")[1] for rule in site.app.url_map.iter_rules()}
    assert firsts - {"", "<name:name>", "<name>"} == set(names.PAGES)


def test_a_name_that_was_found_is_not_asked_for_again(site: Site, jane: Browser) -> None:
    jane.get("/jane")
    jane.get("/jane")
    assert site.world.calls.count("users GET /v1/users/by-name/jane") == 1


def test_a_name_that_was_missing_is_asked_for_again(site: Site, anybody: Browser) -> None:
    assert anybody.get("/joe").status_code == 404
    anybody.register("joe")
    assert anybody.get("/joe").status_code == 200


@pytest.mark.parametrize("path", ["/public/", "/jane/", "/login/", "/api/latest/"])
def test_a_trailing_slash_answers_and_does_not_redirect(anybody: Browser, path: str) -> None:
    anybody.register("jane")
    assert anybody.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/", "/public", "/jane"])
def test_older_and_newer_lead_through_all_messages_and_back(
    site: Site, jane: Browser, path: str
) -> None:
    for number in range(65):
        site.world.say("jane", f"number {number}")
    seen, page = shown(jane.go(path)), jane.go(path)
    assert page.soup.select("a[rel=prev]") == []
    while older := page.soup.select_one("a[rel=next]"):
        page = jane.go(str(older["href"]))
        seen += shown(page)
    assert seen == [f"number {number}" for number in range(64, -1, -1)]
    back = page.soup.select_one("a[rel=prev]")
    assert back is not None
    assert shown(jane.go(str(back["href"])))[-1] == "number 5"


@pytest.mark.parametrize("query", ["before=x", "before=", "before=0", f"after={2**63}", "after=²"])
def test_a_page_that_can_not_be_read_is_the_first_one(
    site: Site, jane: Browser, query: str
) -> None:
    site.world.say("jane", "hello")
    assert shown(jane.go(f"/public?{query}")) == ["hello"]


def test_head_answers_for_the_same_page_as_get(site: Site, jane: Browser) -> None:
    for number in range(40):
        site.world.say("jane", "x" * number)
    path = "/public?before=11"
    jane.go("/")
    assert jane.http.head(path).content_length == jane.get(path).content_length


def test_a_long_message_scrolls_in_its_own_frame_also_by_keyboard(
    site: Site, jane: Browser
) -> None:
    site.world.say("jane", "\n" * 200)
    (frame,) = jane.go("/public").soup.select(".text.long")
    assert frame["tabindex"] == "0"
    assert frame["aria-label"]


def test_the_public_page_may_be_cached_by_the_gateway_only_if_anonymous(
    site: Site, anybody: Browser, jane: Browser
) -> None:
    assert anybody.get("/public").headers["X-Accel-Expires"] == "1"
    assert "X-Accel-Expires" not in jane.get("/public").headers
    assert "X-Accel-Expires" not in anybody.get("/jane").headers
    site.stop("messages")
    assert "X-Accel-Expires" not in anybody.get("/public").headers


def test_a_page_with_a_flash_is_not_cacheable(site: Site, jane: Browser) -> None:
    jane.post("/logout")
    told = jane.get("/public")
    assert "You were logged out" in told.text
    assert "X-Accel-Expires" not in told.headers


def test_a_page_is_logged_with_the_id_of_the_signed_in_user_if_any(
    anybody: Browser, jane: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "chassis.access"):
        anybody.get("/jane")
        jane.get("/jane")
    of_nobody, of_jane = (record.summary for record in caplog.records[-2:])
    assert "user.id" not in of_nobody
    assert of_jane["user.id"] == "1"


CALLS = {
    "/": ["followers", "messages", "users"],
    "/public": ["messages", "users"],
    "/joe": ["followers", "messages", "users"],
    "/jane": ["followers", "messages", "users"],
}


@pytest.mark.parametrize("path", CALLS)
def test_a_page_takes_no_more_calls_than_it_must(
    site: Site, jane: Browser, joe: Browser, path: str
) -> None:
    jane.get(path)  # From now on web knows whose id it is.
    site.world.calls.clear()
    jane.get(path)
    assert sorted(call.split(" ")[0] for call in site.world.calls) == CALLS[path]


def test_the_public_page_takes_one_call_for_who_is_not_signed_in(
    site: Site, anybody: Browser
) -> None:
    anybody.get("/public")
    assert site.world.calls == ["messages GET /v1/messages"]


@pytest.mark.parametrize("path", ["/", "/public", "/jane"])
def test_an_empty_page_that_is_not_the_first_leads_to_the_first(
    site: Site, jane: Browser, path: str
) -> None:
    site.world.say("jane", "the only one")
    page = jane.go(f"{path}?before=1")
    assert "so far" not in page.html
    assert page.texts("ul.messages em") == ["There's no message here any more."]
    assert page.texts("p.aside") == ["To the newest messages"]
    assert page.soup.select_one(f"p.aside a[href='{path}']")


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
def test_a_text_of_many_lines_is_long_however_its_lines_end(
    site: Site, jane: Browser, line_end: str
) -> None:
    site.world.say("jane", line_end.join("x" * 21))
    assert not jane.go("/public").soup.select(".text.long")
    site.world.say("jane", line_end.join("x" * 22))
    assert len(jane.go("/public").soup.select(".text.long")) == 1


def test_signing_in_without_accepting_the_cookie_is_explained(anybody: Browser) -> None:
    answer = anybody.get("/", headers={"Referer": "http://localhost/login"})
    assert answer.status_code == 200
    assert "Allow cookies for this site" in answer.text
    again = anybody.get("/", headers={"Referer": "http://localhost/"})
    assert "Allow cookies for this site" in again.text
    for referrer in ("http://localhost/public", "http://elsewhere/login"):
        assert anybody.get("/", headers={"Referer": referrer}).location == "/public"


def test_signing_in_on_a_401_page_without_accepting_the_cookie_is_explained(
    anybody: Browser,
) -> None:
    for form in ("/settings", "/login"):
        answer = anybody.get("/settings", headers={"Referer": f"http://localhost{form}"})
        assert answer.status_code == 401
        assert "Allow cookies for this site" in answer.text
    for referrer in ("http://localhost/public", "http://elsewhere/settings"):
        answer = anybody.get("/settings", headers={"Referer": referrer})
        assert "Allow cookies" not in answer.text


@pytest.mark.parametrize(
    ("button", "fields"),
    [
        ("/joe/follow", {}),
        ("/joe/unfollow", {}),
        ("/settings/password", {}),
        ("/settings/sessions", {}),
        ("/messages/1/delete", {"back": "/joe"}),
        ("/messages/1/delete", {"back": "/"}),
    ],
)
def test_signing_in_below_a_button_without_accepting_the_cookie_is_explained(
    anybody: Browser, joe: Browser, button: str, fields: dict[str, str]
) -> None:
    page = anybody.send(button, **fields)
    assert page.status == 401
    assert "Allow cookies" not in page.html
    after = anybody.get(page.value("next"), headers={"Referer": f"http://localhost{button}"})
    assert "Allow cookies for this site" in after.text


def test_who_signed_out_in_another_tab_is_told_what_is_true_first(anybody: Browser) -> None:
    answer = anybody.get("/", headers={"Referer": "http://localhost/"})
    assert "<strong>Error:</strong> You are not signed in. If you have just" in answer.text


def test_who_just_signed_in_is_home(jane: Browser) -> None:
    answer = jane.get("/", headers={"Referer": "http://localhost/login"})
    assert "<h2>My Timeline</h2>" in answer.text


def test_a_session_that_has_ended_says_so_once(site: Site, jane: Browser) -> None:
    site.world.sessions.clear()
    assert jane.go("/").texts("ul.flashes li") == ["Your session has ended: please sign in again"]
    assert jane.go("/public").texts("ul.flashes li") == []


def test_who_has_signed_out_is_as_anonymous_as_who_never_signed_in(jane: Browser) -> None:
    jane.send("/logout")
    answer = jane.get("/public")
    assert answer.headers["X-Accel-Expires"] == "1"
    assert jane.http.get_cookie("minitwit") is None
