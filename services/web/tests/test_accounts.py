"""Signing up, in and out."""

from urllib.parse import quote

import pytest

from chassis.config import ConfigError
from chassis.connections import Pending, Reply, Request
from services.web.tests.conftest import PASSWORD, Browser, Page, Site
from services.web.tests.fakes import World
from web import providers


def error(page: Page) -> str:
    assert page.status == 200
    return page.text("div.error")


@pytest.mark.contract("B /register: ok: flash, 302 to /login, not logged in")
def test_registering_leads_to_the_sign_in_page(anybody: Browser) -> None:
    answer = anybody.post("/register", username="jane", email="jane@x", password="a", password2="a")
    assert (answer.status_code, answer.location) == (302, "/login")
    page = anybody.go("/login")
    assert page.texts("ul.flashes li") == ["You were successfully registered and can login now"]
    assert anybody.get("/").location == "/public"


@pytest.mark.contract("B Errors: the four of A.4")
@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"username": ""}, "You have to enter a username"),
        ({"username": "  ", "email": "no at sign"}, "You have to enter a username"),
        ({"username": "", "email": "", "password": ""}, "You have to enter a username"),
        ({"email": "no at sign", "password": ""}, "You have to enter a valid email address"),
        ({"password": "", "password2": "x"}, "You have to enter a password"),
        ({"username": "taken"}, "The username is already taken"),
    ],
)
def test_the_first_failing_check_answers(
    anybody: Browser, fields: dict[str, str], text: str
) -> None:
    anybody.register("taken")
    sound = {"username": "jane", "email": "jane@x", "password": "a", "password2": "a"}
    page = anybody.send("/register", **{**sound, **fields})
    assert error(page) == f"Error: {text}"
    assert f"<div class=error><strong>Error:</strong> {text}</div>" in page.html


@pytest.mark.contract("B Errors: The two passwords do not match, before already taken")
def test_two_different_passwords_are_told_before_a_taken_name(anybody: Browser) -> None:
    anybody.register("jane")
    assert error(anybody.register("jane", password2="other")).endswith(
        "The two passwords do not match"
    )


@pytest.mark.parametrize("path", ["/register", "/login"])
def test_a_fresh_form_shows_no_errors(anybody: Browser, path: str) -> None:
    page = anybody.go(path)
    assert page.status == 200
    assert page.texts("div.error, [aria-invalid]") == []


@pytest.mark.contract("B /register: form refilled but for passwords")
def test_a_faulty_form_is_refilled_but_for_the_passwords(anybody: Browser) -> None:
    page = anybody.register('"><b>', email="nobody", password2="other")
    assert page.value("username") == '"><b>'
    assert page.value("email") == "nobody"
    assert page.value("password") == page.value("password2") == ""


def test_a_form_without_any_field_counts_as_empty(anybody: Browser) -> None:
    assert error(anybody.send("/register")) == "Error: You have to enter a username"
    assert error(anybody.send("/login")) == "Error: Invalid username"


@pytest.mark.parametrize(
    ("fields", "where", "text"),
    [
        ({"username": "ja\0ne"}, "username", "The username has control characters"),
        ({"username": "taken"}, "username", "The username is already taken"),
        ({"email": f"{'x' * 1000}@x"}, "email", "The email address is too long"),
        ({"email": "nobody"}, "email", "You have to enter a valid email address"),
        ({"password2": "other"}, "password2", "The two passwords do not match"),
    ],
)
def test_what_is_refused_is_told_in_words_at_its_field(
    anybody: Browser, fields: dict[str, str], where: str, text: str
) -> None:
    """Those of users are users' own words."""
    anybody.register("taken")
    page = anybody.register(**{"username": "jane", **fields})
    assert error(page) == f"Error: {text}"
    (field,) = page.soup.select("[aria-invalid]")
    assert field["name"] == where
    fault, *hints = str(field["aria-describedby"]).split()
    assert page.soup.select_one(f"#{fault}[autofocus] div.error")
    assert hints == [hint["id"] for hint in page.soup.select(f"#{where} + small")]


def test_password_checks_do_not_hold_up_pages() -> None:
    """Half of the threads may: of two, one."""
    site = Site(threads=2)
    jane, joe = site.browser(), site.browser()
    jane.register("jane")
    users = providers.of(site.app).users.provider
    transport, meanwhile = users.transport, list[int]()

    def slow(request: Request) -> Pending[Reply]:
        if request.path == "/v1/sessions" and not meanwhile:
            meanwhile.append(joe.get("/jane").status_code)
            page = joe.log_in("jane", "a guess")
            meanwhile.append(page.status)
            assert page.value("username") == "jane"
        return transport(request)

    users.transport = slow
    assert jane.log_in("jane").path == "/"
    assert meanwhile == [200, 503]
    assert joe.log_in("jane").path == "/"


def test_who_may_have_signed_up_twice_is_told_how_to_find_out(anybody: Browser) -> None:
    for _ in range(2):
        page = anybody.register("jane")
    assert [link["href"] for link in page.soup.select("p:has(+ form) a")] == ["/login"]
    page = anybody.register("joe", email="nobody")
    assert page.soup.select("p:has(+ form) a") == []


@pytest.mark.parametrize("path", ["/register", "/login"])
def test_what_users_can_not_be_sent_is_no_outage(site: Site, anybody: Browser, path: str) -> None:
    form = {"username": '"' * 540_000, "email": "a@b", "password": "x", "password2": "x"}
    answer = anybody.http.post(path, data=form, content_type="multipart/form-data")
    page = Page(answer)
    assert error(page) == "Error: What you typed is too long"
    assert page.value("username") == form["username"]
    assert site.world.calls == []


@pytest.mark.contract("B Forms: the first five inputs of /register; input[type=submit] values")
def test_inputs_stand_in_the_order_that_suites_count_on(anybody: Browser) -> None:
    inputs = anybody.go("/register").soup.select("input")
    assert [each.get("name") for each in inputs[:4]] == [
        "username", "email", "password", "password2",
    ]  # fmt: skip
    assert [(i["type"], i["value"]) for i in inputs[4:]] == [("submit", "Sign Up")]
    inputs = anybody.go("/login").soup.select("input")
    assert [each.get("name") for each in inputs[:2]] == ["username", "password"]
    assert inputs[2]["value"] == "Sign In"


@pytest.mark.contract("B Minimum password length on the web form is a setting")
def test_forms_tell_how_long_a_password_has_to_be() -> None:
    for site, hints in (
        (Site(password_min_length=8), ["At least 8 characters."]),
        (Site(), []),
    ):
        browser = site.browser()
        assert hint(browser.go("/register"), "password") == hints
        browser.register("jane")
        browser.log_in("jane")
        assert hint(browser.go("/settings"), "new_password") == hints


def test_who_signs_up_is_told_that_a_forgotten_password_stays_forgotten(anybody: Browser) -> None:
    (words,) = hint(anybody.go("/register"), "email")
    assert "can't bring back a forgotten password" in words


def hint(page: Page, field: str) -> list[str]:
    described_by = page.soup.select(f"[name={field}]")[0].get("aria-describedby")
    return page.texts(f"#{described_by}") if described_by else []


@pytest.mark.contract("B Forms: div.actions around them on /register and /login")
@pytest.mark.parametrize("path", ["/register", "/login"])
def test_actions_stand_around_the_submit_input(anybody: Browser, path: str) -> None:
    assert anybody.go(path).soup.select("div.actions > input[type=submit]")


@pytest.mark.contract("B /login: ok: flash, 302 to /")
def test_signing_in_leads_home(anybody: Browser) -> None:
    anybody.register("jane")
    answer = anybody.post("/login", username="jane", password="secret")
    assert (answer.status_code, answer.location) == (302, "/")
    assert "You were logged in" in anybody.go("/").texts("ul.flashes li")


def test_signing_in_leaves_nothing_of_what_the_cookie_held_before(
    site: Site, anybody: Browser
) -> None:
    anybody.post("/register", username="jane", email="jane@x", password="a", password2="a")
    with anybody.http.session_transaction() as session:
        assert session["_flashes"]
        session["token"] = session["other"] = "somebody else's"
    assert anybody.post("/login", username="jane", password="a").status_code == 302
    assert anybody.go("/").texts("ul.flashes li") == ["You were logged in"]
    with anybody.http.session_transaction() as session:
        assert set(session) == {"token", "_permanent"}
        assert session["token"] in site.world.sessions


def test_signing_in_leads_to_the_page_that_asked_for_it(site: Site, anybody: Browser) -> None:
    anybody.register("jane")
    page = anybody.go("/settings")
    assert page.status == 401
    (form,) = page.soup.select("main form[method=post]")
    assert form["action"] == "/login"
    page = anybody.send("/login", username="jane", password="wrong", next=page.value("next"))
    site.stop("users")
    page = anybody.send("/login", username="jane", password="secret", next=page.value("next"))
    assert page.status == 503
    site.start("users")
    page = anybody.send("/login", username="jane", password="secret", next=page.value("next"))
    assert (page.path, page.text("h2")) == ("/settings", "Settings")


def test_who_signs_in_to_follow_somebody_comes_back_to_their_page(
    anybody: Browser, jane: Browser
) -> None:
    anybody.register("a ø&b")
    page = anybody.go("/a%20ø&b")
    (invitation,) = page.soup.select("main p a[href^='/login']")
    page = anybody.go(str(invitation["href"]))
    page = anybody.send("/login", username="jane", password="secret", next=page.value("next"))
    assert page.text("h2") == "a ø&b's Timeline"
    assert page.soup.select("form .follow")
    assert not page.soup.select("main p a[href^='/login']")


@pytest.mark.parametrize("by_signing_in", [False, True])
def test_who_signs_up_to_follow_somebody_comes_back_to_their_page(
    site: Site, anybody: Browser, by_signing_in: bool
) -> None:
    anybody.register("a ø&b")
    page = anybody.go("/a%20ø&b")
    if by_signing_in:
        page = anybody.go(str(page.soup.select("main a[href^='/login']")[0]["href"]))
    (invitation,) = page.soup.select("main a[href^='/register']")
    page = anybody.go(str(invitation["href"]))
    inputs = [each["name"] for each in page.soup.select("input") if each.get("name")]
    assert inputs == ["username", "email", "password", "password2", "next"]
    assert page.soup.select("input")[4]["value"] == "Sign Up"
    page = anybody.register("jane", password2="other", next=page.value("next"))
    site.stop("users")
    page = anybody.register("jane", next=page.value("next"))
    assert page.status == 503
    site.start("users")
    page = anybody.register("jane", next=page.value("next"))
    assert page.text("h2") == "Sign In"
    page = anybody.send("/login", username="jane", password="secret", next=page.value("next"))
    assert page.text("h2") == "a ø&b's Timeline"


def test_who_has_an_account_after_all_is_led_on_too(anybody: Browser, jane: Browser) -> None:
    page = anybody.register("jane", next="/jane")
    links = page.soup.select("main a[href^='/login']")
    assert [each["href"] for each in links] == ["/login?next=/jane"] * 2


@pytest.mark.parametrize("place", ["//evil.example", "/jane/follow", "/" + "x" * 2_000, "/", ""])
def test_signing_up_leads_to_the_plain_sign_in_page_unless_it_can_lead_on(
    anybody: Browser, place: str
) -> None:
    form = {"username": "jane", "email": "a@b", "password": "x", "password2": "x", "next": place}
    assert anybody.post("/register", **form).location == "/login"


@pytest.mark.parametrize(("method", "field"), [("POST", "data"), ("GET", "query_string")])
@pytest.mark.parametrize(("next_", "shown"), [("/joe?before=9", "/joe?before=9"), ("/logout", "/")])
def test_who_has_signed_in_meanwhile_is_led_on_all_the_same(
    jane: Browser, joe: Browser, method: str, field: str, next_: str, shown: str
) -> None:
    """In another tab, or by pressing the button twice."""
    answer = jane.http.open("/login", method=method, **{field: {"next": next_}})
    assert (answer.status_code, answer.location) == (302, shown)


@pytest.mark.parametrize("place", ["http://evil", "//evil.example", "/\\evil.example", ""])
def test_signing_in_leads_to_no_other_site(anybody: Browser, place: str) -> None:
    anybody.register("jane")
    answer = anybody.post("/login", username="jane", password="secret", next=place)
    assert (answer.status_code, answer.location) == (302, "/")


@pytest.mark.parametrize(
    "address",
    [
        "/logout",
        "/jane/follow",
        "/jane/follow/",
        "/jane/follow?x=y#z",
        "/jane/%66ollow",
        "/jane\\follow",
        "/x/../jane/follow",
        "/x/%2e%2e/jane/follow",
        "/static/../jane/follow",
        "/static/.%2E/logout",
        "/static/x/./../../jane/follow",
        "/add_message",
        "/not/a/page",
    ],
)
def test_signing_in_never_leads_to_an_address_that_changes_something(
    site: Site, anybody: Browser, address: str
) -> None:
    """Any site may link to `/login?next=…`, and what the browser then asks for is same-origin."""
    anybody.register("jane")
    anybody.register("joe")
    shown = anybody.go(f"/login?next={quote(address)}").value("next")
    answer = anybody.post("/login", username="joe", password="secret", next=shown)
    assert (shown, answer.status_code, answer.location) == (address, 302, "/")


@pytest.mark.parametrize(
    ("method", "path", "shown"),
    [
        ("GET", "/jane/follow", "/jane"),
        ("POST", "/jane/follow", "/jane"),
        ("POST", "/settings/sessions", "/settings"),
    ],
)
def test_signing_in_leads_back_to_the_buttons_page_without_pressing_it(
    site: Site, anybody: Browser, method: str, path: str, shown: str
) -> None:
    anybody.register("jane")
    anybody.register("joe")
    page = Page(anybody.http.open(path, method=method))
    assert (page.status, page.value("next")) == (401, shown)
    page = anybody.send("/login", username="joe", password="secret", next=page.value("next"))
    assert (page.path, page.status) == (shown, 200)
    assert page.texts("ul.flashes li") == ["You were logged in"]
    assert not site.world.follows


@pytest.mark.contract("B Errors: Invalid username, Invalid password")
def test_a_failed_sign_in_says_what_is_wrong(anybody: Browser) -> None:
    anybody.register("jane")
    assert error(anybody.log_in("nobody")) == "Error: Invalid username"
    page = anybody.log_in("jane", "wrong")
    assert error(page) == "Error: Invalid password"
    assert page.value("username") == "jane"
    assert page.value("password") == ""


@pytest.mark.contract("B /login: logged in already: 302 to /")
@pytest.mark.parametrize("path", ["/login", "/register"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_is_signed_in_is_sent_home(jane: Browser, path: str, method: str) -> None:
    answer = jane.http.open(path, method=method)
    assert (answer.status_code, answer.location) == (302, "/")


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_a_head_request_does_not_submit_the_form(site: Site, anybody: Browser, path: str) -> None:
    anybody.get(path)
    site.world.calls.clear()
    assert anybody.http.head(path).status_code == 200
    assert site.world.calls == []


@pytest.mark.contract("B /logout: POST; GET for old links: flash, 302 to /public")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signing_out_ends_the_session_everywhere_it_was_copied(
    site: Site, jane: Browser, method: str
) -> None:
    copied = jane.http.get_cookie("minitwit")
    assert copied is not None
    answer = jane.http.open("/logout", method=method)
    assert (answer.status_code, answer.location) == (302, "/public")
    assert jane.go("/public").texts("ul.flashes li") == ["You were logged out"]
    thief = site.browser()
    thief.http.set_cookie("minitwit", copied.value)
    assert thief.get("/").location == "/public"
    assert site.world.sessions == {}


def test_signing_out_works_without_a_session(anybody: Browser) -> None:
    assert anybody.go("/logout").texts("ul.flashes li") == ["You were logged out"]


def test_the_cookie_has_no_name_and_no_password_in_it(jane: Browser) -> None:
    with jane.http.session_transaction() as session:
        assert set(session) <= {"token", "_permanent"}


def test_the_cookie_lasts_and_scripts_and_other_sites_can_not_have_it(anybody: Browser) -> None:
    anybody.register("jane")
    answer = anybody.post("/login", username="jane", password="secret")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("minitwit=")
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/", "Expires="):
        assert attribute in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie


def test_under_tls_the_cookie_is_bound_to_the_host() -> None:
    browser = Site(secure_cookies=True).browser()
    browser.register("jane")
    answer = browser.http.post("/login", data={"username": "jane", "password": "secret"})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-minitwit=")
    assert "Secure" in cookie


def test_a_cookie_signed_with_an_older_key_still_counts(site: Site, jane: Browser) -> None:
    cookie = jane.http.get_cookie("minitwit")
    assert cookie is not None
    renewed = Site(secret_keys="a newer key,a current key")
    share(site.world, renewed.world)
    browser = renewed.browser()
    browser.http.set_cookie("minitwit", cookie.value)
    assert browser.get("/").status_code == 200


def test_a_session_that_users_ended_is_forgotten(site: Site, jane: Browser) -> None:
    site.world.sessions.clear()
    assert jane.get("/").location == "/public"
    with jane.http.session_transaction() as session:
        assert "token" not in session


def share(one: World, other: World) -> None:
    other.accounts, other.sessions = one.accounts, one.sessions


@pytest.mark.parametrize("keys", ["", "a key,", ",a key", "a key, ,another key"])
def test_an_empty_key_signs_no_cookies(keys: str) -> None:
    with pytest.raises(ConfigError, match="MINITWIT_SECRET_KEYS"):
        Site(secret_keys=keys)


def test_whose_name_has_spaces_around_it_is_not_somebody_else(site: Site) -> None:
    """The simulator registers such names."""
    site.world.accounts[" bob "] = PASSWORD
    bob = site.browser()
    bob.log_in(" bob ")
    assert bob.log_in("bob").texts("ul.flashes li") == []


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_signing_in_as_somebody_else_while_signed_in_is_explained(jane: Browser, path: str) -> None:
    page = jane.send(path, username="joe", password="secret")
    assert page.path == "/"
    assert page.texts("ul.flashes li")[-1] == (
        "You are signed in as jane: sign out first to be somebody else"
    )
    assert jane.send(path, username="jane", password="secret").texts("ul.flashes") == []


def test_spaces_around_a_name_that_a_phone_adds_are_no_part_of_it(
    site: Site, anybody: Browser
) -> None:
    anybody.register("jane ")
    assert list(site.world.accounts) == ["jane"]
    assert anybody.log_in(" jane ").path == "/"


def test_spaces_around_a_name_of_old_are_part_of_it(site: Site, anybody: Browser) -> None:
    site.world.accounts |= {"joe": "other", "joe ": "secret"}
    assert "sign out [joe ]" in anybody.log_in("joe ").html
