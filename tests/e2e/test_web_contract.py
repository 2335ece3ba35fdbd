"""CONTRACT B through the gateway: what each page is called, holds and leads to."""

import re
from collections.abc import Callable

import pytest

from tests.people import Browser, Page, Simulator, quoted
from tests.system import eventually


def timeline_of(browser: Browser, name: str = "") -> Page:
    return browser.go(f"/{quoted(name or browser.name)}")


@pytest.mark.contract("B / GET logged in: My Timeline; else 302 to /public")
def test_home_is_for_those_who_are_signed_in(browser: Browser, me: Browser) -> None:
    answer = browser.ask("GET", "/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/public")
    assert me.go("/").title == "My Timeline | MiniTwit"


@pytest.mark.contract("B <title> …; the same words in <h2>; <h1>MiniTwit</h1>")
def test_titles_and_headings(browser: Browser, me: Browser) -> None:
    pages = {
        "Public Timeline": browser.go("/public"),
        "My Timeline": me.go("/"),
        f"{me.name}'s Timeline": timeline_of(browser, me.name),
        "Sign In": browser.go("/login"),
        "Sign Up": browser.go("/register"),
    }
    for words, page in pages.items():
        assert page.status == 200
        assert page.title == f"{words} | MiniTwit"
        assert page.texts("h2") == [words]
        assert page.texts("h1") == ["MiniTwit"]
        assert "<h1>MiniTwit</h1>" in page.html


@pytest.mark.contract("B / own and followed users' messages")
def test_home_shows_ones_own_messages_and_those_of_whom_one_follows(
    simulator: Simulator, me: Browser, registered: Callable[[], str]
) -> None:
    followed, other = registered(), registered()
    simulator.change(me.name, follow=followed)
    for author in (me.name, followed, other):
        simulator.tweet(author, f"by {author}")
    assert me.go("/").messages == [f"by {followed}", f"by {me.name}"]
    shown = me.go("/public").messages
    assert shown[:3] == [f"by {other}", f"by {followed}", f"by {me.name}"]


@pytest.mark.contract("B /public and /{name}: newest 30")
def test_a_page_holds_the_newest_30(
    simulator: Simulator, browser: Browser, registered: Callable[[], str]
) -> None:
    name = registered()
    for number in range(31):
        simulator.tweet(name, str(number))
    newest = [str(number) for number in range(30, 0, -1)]
    assert timeline_of(browser, name).messages == newest
    eventually(lambda: browser.go("/public").messages == newest)


@pytest.mark.contract("B /{name}: 404 unknown")
def test_an_unknown_name_is_404(browser: Browser, me: Browser, name: str) -> None:
    for each in (browser, me):
        page = timeline_of(each, name)
        assert page.status == 404
        assert page.texts("h1") == ["MiniTwit"]


@pytest.mark.contract("B div.navigation, each item a link: signed in")
def test_navigation_of_who_is_signed_in(me: Browser) -> None:
    links = me.go("/").all("div.navigation a")
    assert {link.get_text(): link["href"] for link in links} == {
        "my timeline": "/",
        "public timeline": "/public",
        f"sign out [{me.name}]": "/logout",
    }


@pytest.mark.contract("B div.navigation, each item a link: anonymous")
def test_navigation_of_who_is_not(browser: Browser) -> None:
    links = browser.go("/public").all("div.navigation a")
    assert [(link.get_text(), link["href"]) for link in links] == [
        ("public timeline", "/public"),
        ("sign up", "/register"),
        ("sign in", "/login"),
    ]


@pytest.mark.contract("B the first five inputs of /register; div.actions; input[type=submit]")
def test_the_forms_to_sign_up_and_in(browser: Browser) -> None:
    inputs = browser.go("/register").all("input")
    assert [each.get("name") for each in inputs[:4]] == [
        "username",
        "email",
        "password",
        "password2",
    ]
    assert (inputs[4]["type"], inputs[4]["value"]) == ("submit", "Sign Up")
    assert browser.go("/register").one("div.actions input[type=submit]")["value"] == "Sign Up"
    page = browser.go("/login")
    assert page.one("div.actions input[type=submit]")["value"] == "Sign In"
    assert [each["name"] for each in page.all("input[name]")] == ["username", "password"]


@pytest.mark.contract("B / when logged in: div.twitbox with <h3> and the form to /add_message")
def test_the_box_to_write_in(me: Browser) -> None:
    page = me.go("/")
    assert page.texts("div.twitbox h3") == [f"What's on your mind {me.name}?"]
    assert f"<h3>What's on your mind {me.name}?</h3>" in page.html
    form = page.one("div.twitbox form")
    assert (form["action"], form["method"]) == ("/add_message", "post")
    assert page.one("div.twitbox [name=text]") is not None
    assert page.one("div.twitbox input[type=submit]")["value"] == "Share"
    assert not me.go("/public").all("div.twitbox")


@pytest.mark.contract("B User pages when logged in: div.followstatus … with .follow or .unfollow")
def test_a_persons_page_says_whether_one_follows_them(
    me: Browser, browser: Browser, registered: Callable[[], str]
) -> None:
    other = registered()
    assert timeline_of(me).texts("div.followstatus") == ["This is you!"]
    page = timeline_of(me, other)
    assert "You are not yet following this user." in page.texts("div.followstatus")[0]
    assert page.one("div.followstatus form:has(.follow)")["method"] == "post"
    me.post(f"/{quoted(other)}/follow")
    page = timeline_of(me, other)
    assert "You are currently following this user." in page.texts("div.followstatus")[0]
    assert page.one("div.followstatus form:has(.unfollow)")["method"] == "post"
    assert not page.all(".follow")
    assert not timeline_of(browser, other).all("div.followstatus")


@pytest.mark.contract("B <ul class=messages>, one <li> a message")
def test_the_markup_of_a_message(
    simulator: Simulator, browser: Browser, registered: Callable[[], str]
) -> None:
    name = registered()
    simulator.tweet(name, "hello")
    page = timeline_of(browser, name)
    assert "<ul class=messages>" in page.html
    item = page.one("ul.messages > li")
    author = page.one("ul.messages strong > a")
    assert f'<strong><a href="/{quoted(name)}">{name}</a></strong>' in page.html
    assert (author.get_text(), author["href"]) == (name, f"/{quoted(name)}")
    assert "hello" in item.get_text()
    assert "<small>&mdash; " in page.html
    assert re.fullmatch(r"— \d{4}-\d\d-\d\d @ \d\d:\d\d", page.texts("ul.messages small")[0])
    assert re.match(r"\d{4}-\d\d-\d\dT", str(page.one("small time")["datetime"]))


@pytest.mark.contract("B None: <li><em>There's no message so far.</em>")
def test_a_timeline_without_messages_says_so(me: Browser) -> None:
    for page in (me.go("/"), timeline_of(me)):
        assert "<li><em>There's no message so far.</em>" in page.html


@pytest.mark.contract("B escaped text")
@pytest.mark.parametrize("text", ["<b>bold</b> & \"quotes'", "<script>alert(1)</script>", "&#34;"])
def test_what_people_write_is_escaped(me: Browser, text: str) -> None:
    me.post("/add_message", text=text)
    page = timeline_of(me)
    assert page.messages == [text]
    assert not page.all("ul.messages b, script")
    assert text not in page.html


@pytest.mark.contract("B escaped: names too")
def test_names_are_escaped(simulator: Simulator, browser: Browser, name: str) -> None:
    odd = f"<i>{name}\" & 'x"
    assert simulator.register(odd).status_code == 204
    browser.sign_in(odd)
    browser.post("/add_message", text="x")
    for path in ("/", "/public", f"/{quoted(odd)}", "/settings"):
        page = browser.go(path)
        assert page.status == 200
        assert not page.all("i")
        assert f"sign out [{odd}]" in page.texts("div.navigation a")


@pytest.mark.contract("B The picture is drawn locally (an identicon by name)")
def test_the_picture_is_ours_and_the_same_for_a_name(me: Browser) -> None:
    me.post("/add_message", text="x")
    sources = {str(me.go(path).all("img")[0]["src"]) for path in ("/", f"/{quoted(me.name)}")}
    (source,) = sources
    assert source.startswith("/static/")
    answer = me.ask("GET", source)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("image/svg+xml")


@pytest.mark.contract("A.1 Names are percent-encoded path segments; B /{name}")
@pytest.mark.parametrize("odd", ["Zoë", "semi;colon", "what?", "a#b", "50%", "a+b", 'quo"te', "🦜"])
def test_a_page_is_found_by_any_name(
    simulator: Simulator, browser: Browser, name: str, odd: str
) -> None:
    name = f"{odd} {name}"
    simulator.register(name)
    browser.sign_in(name).post("/add_message", text="hello")
    link = str(browser.go("/").one("ul.messages strong a")["href"])
    assert browser.go(link).title == f"{name}'s Timeline | MiniTwit"
