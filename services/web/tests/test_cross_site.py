"""Who makes the browser ask: our own pages, or somebody else's."""

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from services.web.tests.conftest import Browser, Page, Site
from web import addresses, assets, cookies, pages

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "https://localhost"},
    {"Referer": "https://evil.example/http://localhost/"},
]
OURS: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost"},
    {"Referer": "http://localhost/public"},
]
# What browsers send with every navigation, over plain HTTP also those that say no more.
NAVIGATION = {"Upgrade-Insecure-Requests": "1"}
PICTURE = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}
CHANGES = [
    ("POST", "/add_message"),
    ("POST", "/login"),
    ("POST", "/register"),
    ("POST", "/logout"),
    ("GET", "/logout"),
    ("POST", "/joe/follow"),
    ("GET", "/joe/follow"),
    ("GET", "/joe/unfollow"),
    ("POST", "/settings/password"),
    ("POST", "/settings/sessions"),
    ("POST", "/messages/1/delete"),
]


@pytest.mark.contract("B The GETs that change state: cross-site ones are refused")
@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_what_another_site_asks_for_changes_nothing(
    site: Site, jane: Browser, headers: dict[str, str], method: str, path: str
) -> None:
    site.world.calls.clear()
    answer = jane.http.open(path, method=method, headers=headers, data={"text": "x"})
    assert answer.status_code == 403
    assert "page of another site" in answer.text
    assert [call for call in site.world.calls if "access-tokens" not in call] == []


@pytest.mark.parametrize("headers", OURS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_our_pages_and_old_links_ask_for_is_done(
    site: Site, jane: Browser, joe: Browser, headers: dict[str, str], method: str
) -> None:
    assert jane.http.open("/joe/follow", method=method, headers=headers).status_code == 302
    assert site.world.follows == {(1, 2)}


@pytest.mark.parametrize("headers", FOREIGN)
def test_reading_is_for_everybody_from_everywhere(jane: Browser, headers: dict[str, str]) -> None:
    assert jane.get("/", headers=headers).status_code == 200
    assert jane.get("/login", headers=headers).status_code == 302


@pytest.mark.parametrize("asked_by", [NAVIGATION, PICTURE])
@pytest.mark.parametrize("path", ["/logout", "/joe/follow", "/joe/unfollow"])
def test_a_browser_that_hides_where_it_comes_from_is_asked_first(
    site: Site, jane: Browser, joe: Browser, path: str, asked_by: dict[str, str]
) -> None:
    site.world.follows = {(1, 2)} if path == "/joe/unfollow" else set()
    before = site.world.follows.copy()
    answer = jane.get(path, headers=asked_by)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert site.world.follows == before
    page = Page(jane.get(path, headers=NAVIGATION))
    (form,) = page.soup.select("main form")
    assert (form["action"], form["method"]) == (path, "post")
    (back,) = page.soup.select("main a")
    assert jane.get(str(back["href"])).status_code == 200
    answer = jane.http.post(path, headers={**NAVIGATION, "Origin": "http://localhost"})
    assert answer.status_code == 302
    assert (site.world.follows != before) == (path != "/logout")
    assert (jane.get("/").status_code == 302) == (path == "/logout")


@pytest.mark.parametrize(
    ("path", "question", "button"),
    [
        ("/joe/follow", "Follow joe?", "Follow"),
        ("/joe/unfollow", "Unfollow joe?", "Unfollow"),
        ("/logout", "Sign out?", "Sign out"),
    ],
)
def test_the_question_names_what_would_be_done(
    jane: Browser, joe: Browser, path: str, question: str, button: str
) -> None:
    page = Page(jane.get(path, headers=NAVIGATION))
    assert (page.text("h2"), page.text("main button")) == (question, button)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Referer": "http://localhost/joe"},
    ],
)
def test_a_browser_that_says_where_it_comes_from_is_not_asked(
    site: Site, jane: Browser, joe: Browser, headers: dict[str, str]
) -> None:
    assert jane.get("/joe/follow", headers={**NAVIGATION, **headers}).status_code == 302
    assert site.world.follows == {(1, 2)}


@pytest.mark.parametrize("verb", ["follow", "unfollow"])
def test_no_confirmation_is_shown_without_a_session_or_for_an_unknown_name(
    anybody: Browser, jane: Browser, verb: str
) -> None:
    for name in ("nobody", "%2e%2e", "x" * 101):
        assert anybody.get(f"/{name}/{verb}", headers=NAVIGATION).status_code == 401
        assert jane.get(f"/{name}/{verb}", headers=NAVIGATION).status_code == 404


def test_behind_the_gateway_the_origin_is_what_the_browser_sees(
    site: Site, jane: Browser, joe: Browser
) -> None:
    gateway = {"Host": "minitwit.example", "X-Forwarded-Proto": "https"}
    jane.http.set_cookie("minitwit", cookie(jane), domain="minitwit.example")
    for origin, status in (("https://minitwit.example", 302), ("http://minitwit.example", 403)):
        answer = jane.http.post("/joe/follow", headers={**gateway, "Origin": origin})
        assert answer.status_code == status


def test_no_forwarded_header_overrides_the_host(site: Site, jane: Browser, joe: Browser) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "Origin": "http://evil.example"}
    assert jane.http.post("/joe/follow", headers=headers).status_code == 403
    assert site.world.follows == set()


@pytest.mark.parametrize("host", ["xn--bcher-kva.example", "127.0.0.1:8080", "[::1]:8080"])
def test_a_host_is_compared_as_browsers_write_it(anybody: Browser, host: str) -> None:
    for origin, status in ((f"http://{host}", 200), (f"http://{host}1", 403)):
        answer = anybody.http.post("/login", headers={"Host": host, "Origin": origin})
        assert answer.status_code == status


@pytest.mark.parametrize(("path", "status"), [("/", 302), ("/settings", 401), ("/x/follow", 401)])
def test_a_host_in_bad_punycode_is_no_fault_of_ours(site: Site, path: str, status: int) -> None:
    asked = create_environ(path, headers={"Host": "xn--a"})
    _, told, _ = run_wsgi_app(site.app, asked)
    assert told.startswith(f"{status} ")


@pytest.mark.parametrize("host", ["a" * 64, f"{'a' * 64}.example"])
def test_a_host_that_can_not_be_one_is_the_clients_fault_from_the_first_page_on(
    anybody: Browser, jane: Browser, host: str
) -> None:
    """No address has been made yet, and is kept, as in a process that has just started."""
    for browser in (anybody, jane):
        for kept in (assets.asset, addresses.address_of, pages._navigation_drawn_once):
            kept.cache_clear()
        page = Page(browser.http.get("/public?secret", headers={"Host": host}))
        assert page.status == 400
        assert page.text("h2") == "That was not understood"


@pytest.mark.parametrize("form", ["/login", "/login?next=/joe"])
@pytest.mark.parametrize("host", ["localhost", "xn--bcher-kva.example", "mini_twit:8080"])
def test_who_keeps_no_cookies_is_told_so_on_any_host(
    anybody: Browser, joe: Browser, host: str, form: str
) -> None:
    headers = {"Host": host, "Referer": f"http://{host}{form}"}
    for path in ("/", "/joe"):
        assert cookies.MAY_NOT_BE_KEPT in anybody.get(path, headers=headers).text
    assert cookies.MAY_NOT_BE_KEPT not in anybody.get("/joe", headers={"Host": host}).text


@pytest.mark.contract("B Prefetching browsers (Sec-Purpose: prefetch) change nothing")
@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender"])
@pytest.mark.parametrize("path", ["/logout", "/joe/follow", "/joe/unfollow"])
def test_a_prefetching_browser_changes_nothing(
    jane: Browser, joe: Browser, purpose: str, path: str
) -> None:
    headers = {"Sec-Purpose": purpose, "Sec-Fetch-Site": "same-origin"}
    assert jane.get(path, headers=headers).status_code == 403
    assert jane.get("/").status_code == 200


def test_a_prefetched_page_keeps_what_is_to_be_told_once(jane: Browser, joe: Browser) -> None:
    jane.post("/joe/follow")
    prefetched = jane.get("/joe", headers={"Sec-Purpose": "prefetch"})
    assert "You are now following" not in prefetched.text
    assert "You are now following" in jane.get("/joe").text


@pytest.mark.parametrize("path", ["/logout", "/joe/follow", "/joe/unfollow"])
def test_head_changes_nothing_and_options_says_so(site: Site, jane: Browser, path: str) -> None:
    assert jane.http.head(path).status_code == 405
    assert jane.http.options(path).headers["Allow"].split(", ").count("HEAD") == 0
    assert jane.get("/").status_code == 200


def cookie(browser: Browser) -> str:
    found = browser.http.get_cookie("minitwit")
    assert found is not None
    return found.value


def test_a_host_may_be_called_as_containers_are(anybody: Browser) -> None:
    """With an underscore, which no host of the internet has."""
    url = "http://mini_twit:8080"
    for origin, status in ((url, 200), ("http://mini_twit:8081", 403), ("http://", 403)):
        answer = anybody.http.post("/login", base_url=url, headers={"Origin": origin})
        assert answer.status_code == status
