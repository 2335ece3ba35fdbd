"""What other sites, curious strangers and injected text can't do."""

import re
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest

from tests.people import Browser, Page, Simulator, quoted
from tests.system import System

EVIL = "https://evil.example"
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "{site}"},
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Origin": "{site}.evil.example"},
    {"Referer": f"{EVIL}/{{site}}/"},
    {"Referer": f"{EVIL}/", "X-Forwarded-Host": "evil.example"},
    {"Origin": EVIL, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
]
OURS = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": EVIL},
    {"Origin": "{site}"},
    {"Referer": "{site}/public"},
]
ONCE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
INSIDE = ["/metrics", "/healthz", "/readyz", "/version", "/v1", "/v1/users", "/simulator/latest"]


def told(headers: dict[str, str], browser: Browser) -> dict[str, str]:
    return {name: value.replace("{site}", browser.site) for name, value in headers.items()}


@pytest.mark.contract("B The GETs that change state: cross-site ones are refused")
@pytest.mark.parametrize("headers", FOREIGN)
def test_what_another_site_asks_for_is_refused(
    me: Browser, simulator: Simulator, registered: Callable[[], str], headers: dict[str, str]
) -> None:
    followed, name = registered(), registered()
    assert simulator.change(me.name, follow=followed).status_code == 204
    asks = [
        ("GET", f"/{quoted(name)}/follow"),
        ("POST", f"/{quoted(name)}/follow"),
        ("GET", f"/{quoted(followed)}/unfollow"),
        ("POST", f"/{quoted(followed)}/unfollow"),
        ("POST", "/add_message"),
        ("POST", "/settings/password"),
        ("POST", "/settings/sessions"),
        ("GET", "/logout"),
        ("POST", "/logout"),
        ("POST", "/login"),
        ("POST", "/register"),
    ]
    for method, path in asks:
        answer = me.ask(method, path, headers=told(headers, me), data={"text": "stolen"})
        assert answer.status_code == 403, path
        assert "Set-Cookie" not in answer.headers
    assert me.is_signed_in
    assert simulator.follows(me.name) == [followed]
    assert simulator.messages(me.name) == []


@pytest.mark.contract("B The GETs that change state answer old links and the public suites")
@pytest.mark.parametrize("headers", OURS)
def test_what_our_own_pages_and_old_links_ask_for_is_done(
    me: Browser, simulator: Simulator, headers: dict[str, str]
) -> None:
    for method, path in (("POST", "/add_message"), ("GET", f"/{quoted(me.name)}/follow")):
        answer = me.ask(method, path, headers=told(headers, me), data={"text": "mine"})
        assert answer.status_code == 302
    assert simulator.follows(me.name) == [me.name]
    assert simulator.messages(me.name)[0]["content"] == "mine"


@pytest.mark.contract("B Prefetching browsers (Sec-Purpose: prefetch) change nothing")
@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender"])
def test_a_prefetch_changes_nothing(
    me: Browser, simulator: Simulator, registered: Callable[[], str], purpose: str
) -> None:
    headers = {"Sec-Purpose": purpose, "Sec-Fetch-Site": "same-origin"}
    for path in ("/logout", f"/{quoted(registered())}/follow"):
        assert me.ask("GET", path, headers=headers).status_code == 403
    assert me.is_signed_in
    assert simulator.follows(me.name) == []


def pages(anonymous: Browser, me: Browser, name: str) -> list[Page]:
    me.post("/add_message", text="<script>x</script><style>y</style>")
    own, other = quoted(me.name), quoted(name)
    mine = [me.go(path) for path in ("/", "/public", f"/{own}", f"/{other}", "/settings")]
    theirs = [anonymous.go(path) for path in ("/public", "/login", "/register", f"/{own}")]
    errors = [anonymous.go("/nobody at all"), me.go("/add_message"), anonymous.go("/settings")]
    refused = [anonymous.send("/login", username="<i>"), anonymous.send("/register")]
    return [*mine, *theirs, *errors, *refused, anonymous.go("/healthz")]


def test_no_page_needs_anything_that_the_policy_forbids(
    browser: Browser, me: Browser, registered: Callable[[], str]
) -> None:
    for page in pages(browser, me, registered()):
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not page.all("script, style, [style], iframe, object, embed, base, meta[http-equiv]")
        attributes = {name for tag in page.all("*") for name in tag.attrs}
        assert not [name for name in attributes if name.startswith("on")]


@pytest.mark.contract("B No page loads anything from another host")
def test_pages_load_nothing_from_elsewhere(
    browser: Browser, me: Browser, registered: Callable[[], str]
) -> None:
    for page in pages(browser, me, registered()):
        for tag in page.all("[src], [href], [action], [srcset], [poster]"):
            for name in ("src", "href", "action", "srcset", "poster"):
                target = str(tag.get(name, "/"))
                assert re.match(r"(/(?!/)|#|\?)", target), (page.url, target)
    style = browser.ask("GET", str(browser.go("/public").one("link[rel=stylesheet]")["href"])).text
    assert "@import" not in style
    assert not re.findall(r"url\(\s*[\"']?(?:https?:|//)", style)


def test_the_headers_stand_once_on_every_kind_of_answer(
    system: System, me: Browser, simulator: Simulator, name: str
) -> None:
    answers = [
        me.ask("GET", "/public"),
        me.ask("GET", "/login"),
        me.ask("GET", f"/{quoted(name)}"),
        me.ask("GET", "/healthz"),
        me.ask("GET", "/static/style.css"),
        me.ask("GET", "/static/nothing"),
        me.ask("GET", "/logout", headers={"Sec-Fetch-Site": "cross-site"}),
        simulator.get("/msgs"),
        simulator.get("/latest"),
        simulator.get("/nothing"),
        simulator.get("/msgs", auth=None),
        simulator.register(name),
    ]
    for answer in answers:
        found = answer.raw.headers
        for header, value in ONCE.items():
            assert found.getlist(header) == [value], (answer.url, header)
        for header in ("Content-Security-Policy", "X-Request-ID", "Content-Type", "Server"):
            assert len(found.getlist(header)) <= 1, (answer.url, header)
        assert found["Server"] == "nginx"
        assert "default-src 'none'" in found["Content-Security-Policy"]
        assert re.fullmatch("[0-9a-f]{32}", found["X-Request-ID"])


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(
    browser: Browser, registered: Callable[[], str]
) -> None:
    answer = browser.post("/login", username=registered(), password="]=)[X{Km{z")
    ((_, cookie),) = SimpleCookie(answer.headers["Set-Cookie"]).items()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["domain"] == ""
    assert "Cookie" in browser.ask("GET", "/public").headers["Vary"]
    assert browser.ask("GET", "/").headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", INSIDE)
@pytest.mark.parametrize(
    "spelling",
    [
        "{0}",
        "{0}/",
        "/{0}",
        "//{0}",
        "/.{0}",
        "/x/..{0}",
        "/x/%2e%2e{0}",
        "/%2e{0}",
        "{0}%2f",
        "{0}?x=1",
        "{0}#x",
        "{1}",
        "{2}",
        "http://localhost{0}",
        "/api{0}",
        "/api/..{0}",
        "/api/msgs/..%2f..{0}",
        "/static/..{0}",
        "{0};x",
    ],
)
def test_what_is_inside_can_not_be_reached_however_it_is_spelled(
    system: System, path: str, spelling: str
) -> None:
    target = spelling.format(path, path.upper(), f"/%{ord(path[1]):02x}{path[2:]}")
    answer = system.raw(
        f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    assert answer.split()[1] in (b"404", b"400", b"403"), answer[:200]
    assert b"schema_version" not in answer
    assert b"# HELP" not in answer


def test_the_request_id_is_ours_and_stands_on_error_pages(browser: Browser) -> None:
    given = "0123456789abcdef" * 2
    for path in ("/nobody at all", "/healthz", "/settings"):
        page = browser.go(path, headers={"X-Request-ID": given})
        made = page.headers["X-Request-ID"]
        assert made != given
        assert made in page.html
    ids = {browser.ask("GET", "/public").headers["X-Request-ID"] for _ in range(5)}
    assert len(ids) == 5


def test_what_a_client_claims_about_its_host_is_not_believed(browser: Browser) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
    for path in ("/", "/public", "/login"):
        answer = browser.ask("GET", path, headers=headers)
        assert "evil" not in answer.text + answer.headers.get("Location", "")


def test_one_is_led_back_to_our_own_pages_only(me: Browser) -> None:
    for back in (EVIL, "//evil.example", "/\\evil.example", "javascript:alert(1)", "\thttp://e"):
        me.post("/add_message", text="x")
        action = str(me.go("/").all("form[action$='/delete']")[0]["action"])
        assert me.post(action, back=back).headers["Location"] == "/"
