"""What holds for every page: headers, errors, and HTML that needs nothing but itself."""

import gc
import re
from html.parser import HTMLParser

import pytest

from services.web.tests.conftest import Browser, Page, Site
from web import visitor
from web.addresses import page_of

PATHS = ["/", "/public", "/jane", "/joe", "/settings", "/nobody", "/logout"]
VOID = {"meta", "link", "img", "input", "br"}


class Outline(HTMLParser):
    """Holds that every element is closed where it was opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def lively(site: Site, jane: Browser, joe: Browser) -> Browser:
    for number in range(40):
        site.world.say("jane", f"number {number}")
    return jane


@pytest.mark.contract("B No page loads anything from another host")
@pytest.mark.parametrize("path", [*PATHS, "/login", "/register"])
def test_a_page_needs_nothing_but_our_stylesheet_and_pictures(
    site: Site, lively: Browser, path: str
) -> None:
    browser = site.browser() if path in ("/login", "/register") else lively
    page = browser.go(path)
    Outline(page.html)
    assert page.html.startswith('<!doctype html>\n<html lang="en">')
    assert page.soup.select("script, style, [style], iframe, base") == []
    assert not re.search(r"\son[a-z]+=", page.html)
    for element in page.soup.select("[src], link[href]"):
        assert str(element.get("src") or element["href"]).startswith("/static/")
    for form in page.soup.select("form"):
        assert str(form["action"]).startswith("/")
    policy = page.answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self';")


@pytest.mark.parametrize("path", ["/settings", "/", "/joe"])
def test_every_input_has_a_label_and_every_id_is_used_once(lively: Browser, path: str) -> None:
    page = lively.go(path)
    for field in page.soup.select("textarea, input:not([hidden], [type=hidden], [type=submit])"):
        assert page.soup.select(f"label[for='{field['id']}']")
        assert field.name == "textarea" or field["autocomplete"]
    ids = [element["id"] for element in page.soup.select("[id]")]
    assert len(ids) == len(set(ids))
    assert page.soup.select("a.skip[href='#main']")
    assert page.soup.select("header nav, main#main, footer")


def test_pages_may_be_kept_for_going_back_but_are_asked_for_again(
    anybody: Browser, jane: Browser
) -> None:
    for browser, expected in ((jane, "private, no-cache"), (anybody, "no-cache")):
        answer = browser.get("/public")
        assert answer.headers["Cache-Control"] == expected
        assert answer.headers["Vary"] == "Cookie"


def test_a_list_without_bullets_has_markers_all_the_same(jane: Browser) -> None:
    """By which Safari knows that it is a list."""
    css = jane.get("/static/style.css").text
    plain = re.findall(r"(\.\w+) \{ list-style: none;", css)
    assert plain
    assert [each for each in plain if f"{each} li::before" not in css] == []


def test_the_stylesheet_is_kept_for_ever_under_the_name_of_its_content(
    site: Site, jane: Browser
) -> None:
    (path,) = re.findall(r"/static/style\.css\?v=[0-9a-f]{12}", jane.go("/").html)
    assert "immutable" in jane.get(path).headers["Cache-Control"]
    for other in ("/static/style.css", "/static/style.css?v=other"):
        assert jane.get(other).headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize("filename", ["x/../style.css", "x/%2e%2e/style.css", "./style.css"])
def test_another_spelling_of_a_file_is_not_kept_for_ever(anybody: Browser, filename: str) -> None:
    for version in ("", "?v=", "?v=other"):
        answer = anybody.get(f"/static/{filename}{version}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, no-cache"


def test_static_files_do_not_look_up_the_visitor(site: Site, jane: Browser) -> None:
    (picture,) = re.findall(r"/static/identicons/\w+\.svg", jane.go("/jane").html)
    site.world.calls.clear()
    for path in ("/static/style.css", "/favicon.ico", "/robots.txt", picture):
        answer = jane.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
    assert site.world.calls == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nobody", 404),
        ("GET", "/a/b/c", 404),
        ("GET", "/joe//follow", 404),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/static/identicons/xyz.svg", 404),
        ("POST", "/public", 405),
        ("DELETE", "/", 405),
        ("GET", "/add_message", 405),
        ("GET", "/messages", 404),
        ("GET", "/api", 404),
        ("POST", "/add_message", 401),
        ("GET", "/settings", 401),
    ],
)
def test_an_error_is_a_page_with_the_request_id(
    anybody: Browser, method: str, path: str, status: int
) -> None:
    page = Page(anybody.http.open(path, method=method))
    assert page.status == status
    assert page.answer.mimetype == "text/html"
    assert page.text(".reference code") == page.answer.headers["X-Request-ID"]
    assert page.texts("div.navigation a")
    assert ("Allow" in page.answer.headers) == (status == 405)


def way_on(page: Page) -> list[tuple[str, str]]:
    return [(link.text, str(link["href"])) for link in page.soup.select("main p a")]


@pytest.mark.parametrize("path", ["/joe", "/joe?before=9", "/joe/followers"])
def test_a_page_that_can_not_be_shown_now_leads_to_itself(
    site: Site, anybody: Browser, path: str
) -> None:
    site.stop("users")
    page = anybody.go(path)
    assert (page.status, way_on(page)) == (503, [("Try again", path)])


@pytest.mark.parametrize(
    ("method", "path", "shown"),
    [
        ("POST", "/joe/follow", "/joe"),
        ("GET", "/joe/unfollow", "/joe"),
        ("POST", "/settings/sessions", "/settings"),
        ("POST", "/messages/1/delete", "/public?before=9"),
        ("GET", "/settings", None),
    ],
)
def test_what_can_not_be_done_now_leads_to_where_the_button_was(
    site: Site, jane: Browser, method: str, path: str, shown: str | None
) -> None:
    visitor.forget_all(site.app)
    site.stop("users")
    data = {"back": "/public?before=9"} if method == "POST" else {}
    page = Page(jane.http.open(path, method=method, data=data))
    link = ("Back to the page", shown) if shown else ("Try again", path)
    assert (page.status, way_on(page)) == (503, [link])


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/joe/follow", "/joe"), ("/settings/password", "/settings")],
)
def test_a_form_for_somebody_else_leads_to_the_page_for_who_is_signed_in(
    jane: Browser, path: str, shown: str
) -> None:
    page = jane.send(path, author="joe")
    assert (page.status, way_on(page)) == (409, [("Back to the page", shown)])


def test_an_internal_error_is_logged_in_full_and_not_shown(
    site: Site,
    anybody: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setitem(site.app.view_functions, "timelines.public", fail)
    page = anybody.go("/public")
    assert page.status == 500
    assert "secret detail" not in page.html
    assert page.text(".reference code") == page.answer.headers["X-Request-ID"]
    assert [entry.levelname for entry in caplog.records if entry.exc_info] == ["ERROR"]
    assert "in fail" in caplog.text


@pytest.mark.parametrize(
    ("who", "path", "marked"),
    [
        ("anybody", "/public", ["public timeline"]),
        ("anybody", "/register", ["sign up"]),
        ("anybody", "/login", ["sign in"]),
        ("jane", "/", ["my timeline"]),
        ("jane", "/public", ["public timeline"]),
        ("jane", "/settings", ["settings"]),
        ("jane", "/jane", []),
    ],
)
def test_the_link_to_the_page_at_hand_is_marked(
    anybody: Browser, jane: Browser, who: str, path: str, marked: list[str]
) -> None:
    page = {"anybody": anybody, "jane": jane}[who].go(path)
    assert page.texts("a[aria-current=page]") == marked


@pytest.mark.parametrize("path", ["/", "/public", "/jane", "/login", "/static/style.css"])
def test_head_answers_like_get_without_a_body(anybody: Browser, path: str) -> None:
    anybody.register("jane")
    answer = anybody.http.head(path)
    assert answer.status_code == anybody.get(path).status_code
    assert answer.data == b""


def test_options_names_the_methods(anybody: Browser) -> None:
    answer = anybody.http.options("/add_message")
    assert (answer.status_code, answer.data) == (200, b"")
    assert "Content-Type" not in answer.headers
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


@pytest.mark.parametrize("path", ["/robots.txt", "/favicon.ico", "/static/style.css"])
@pytest.mark.parametrize("date", ["Mon, 01 Jan 99999999999 00:00:00 GMT",
                                  "Mon, 01 Jan 2026 00:00:00 +99999999999999999999"])  # fmt: skip
def test_a_date_that_no_calendar_has_is_left_out(anybody: Browser, path: str, date: str) -> None:
    for headers in ({"If-Modified-Since": date}, {"If-Range": date, "Range": "bytes=0-1"}):
        assert anybody.get(path, headers=headers).status_code in (200, 206)


@pytest.mark.parametrize("name", ["x" * 100, "x" * 8_000], ids=["possible", "impossible"])
@pytest.mark.parametrize(
    "path",
    [
        "/{}",
        "/{}/follow",
        "/{}/followers",
        "/login?next=/{}",
        "/register?next=/{}",
        "/public?before={}",
    ],
)
def test_no_cache_keeps_what_anybody_can_make_up(anybody: Browser, path: str, name: str) -> None:
    anybody.get(path.format("nobody"))  # What each of these pages shows is kept.
    caches = [each for each in gc.get_objects() if isinstance(each, type(page_of))]
    caches = [each for each in caches if each.__module__.startswith("web.")]
    kept = [each.cache_info().currsize for each in caches]
    anybody.get(path.format(name))
    assert [each.cache_info().currsize for each in caches] == kept
