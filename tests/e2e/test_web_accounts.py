"""CONTRACT B through the gateway: signing up, in and out, and the settings."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
import requests

from tests.people import PASSWORD, SECONDS, Browser, Page, Simulator
from tests.system import System

SIGNED_UP = "You were successfully registered and can login now"


def sign_up(browser: Browser, name: str, **changed: str) -> Page:
    form = {"username": name, "email": "a@b", "password": "x", "password2": "x"}
    return browser.send("/register", **form | changed)


@pytest.mark.contract("B /register ok: flash, 302 to /login, not logged in")
def test_signing_up_leads_to_signing_in(browser: Browser, name: str) -> None:
    page = sign_up(browser, name)
    assert page.url.endswith("/login")
    assert page.flashes == [SIGNED_UP]
    assert f"<ul class=flashes><li>{SIGNED_UP}</li>" in page.html
    assert not browser.is_signed_in
    page = browser.send("/login", username=name, password="x")
    assert page.flashes == ["You were logged in"]
    assert page.title.startswith("My Timeline")


@pytest.mark.contract("B Errors: the four of A.4; The two passwords do not match, in this order")
def test_the_first_failing_check_of_signing_up_is_shown(browser: Browser, name: str) -> None:
    sign_up(browser, name)
    for changed, error in (
        ({"username": "", "email": "", "password": ""}, "You have to enter a username"),
        ({"email": "no at", "password": ""}, "You have to enter a valid email address"),
        ({"password": "", "password2": "y"}, "You have to enter a password"),
        ({"password2": "y"}, "The two passwords do not match"),
        ({}, "The username is already taken"),
    ):
        page = sign_up(browser, name, **changed)
        assert (page.status, page.errors) == (200, [f"Error: {error}"])
        assert f"<div class=error><strong>Error:</strong> {error}</div>" in page.html


@pytest.mark.contract("B /register: form refilled but for passwords")
def test_the_form_is_refilled_but_for_passwords(browser: Browser, name: str) -> None:
    odd = f'{name} "><b>'
    page = sign_up(browser, odd, email="k\"'@x", password2="other")
    assert (page.value("username"), page.value("email")) == (odd, "k\"'@x")
    assert (page.value("password"), page.value("password2")) == ("", "")


@pytest.mark.contract("B else 200 with the error: fields that are absent count as empty")
def test_absent_fields_count_as_empty(browser: Browser) -> None:
    assert browser.send("/register").errors == ["Error: You have to enter a username"]
    assert browser.send("/login").errors == ["Error: Invalid username"]


@pytest.mark.contract("B Errors: Invalid username, Invalid password")
def test_a_wrong_name_and_a_wrong_password_are_told_apart(
    browser: Browser, registered: Callable[[], str], name: str
) -> None:
    page = browser.send("/login", username=name, password="x")
    assert (page.status, page.errors) == (200, ["Error: Invalid username"])
    known = registered()
    page = browser.send("/login", username=known, password="wrong")
    assert (page.status, page.errors) == (200, ["Error: Invalid password"])
    assert (page.value("username"), page.value("password")) == (known, "")
    assert not browser.is_signed_in


@pytest.mark.contract("B /login logged in already: 302 to /")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_is_signed_in_is_led_home(me: Browser, method: str) -> None:
    answer = me.ask(method, "/login")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.contract("B /login ok: flash, 302 to /")
def test_signing_in_leads_home(browser: Browser, registered: Callable[[], str]) -> None:
    answer = browser.post("/login", username=registered(), password=PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.contract("B /logout POST; GET for old links: flash, 302 to /public")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signing_out_leads_to_the_public_timeline(me: Browser, method: str) -> None:
    answer = me.ask(method, "/logout")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/public")
    page = me.go("/public")
    assert page.flashes == ["You were logged out"]
    assert not me.is_signed_in
    assert me.go("/public").flashes == []


def test_a_copied_cookie_is_useless_after_logout(me: Browser) -> None:
    thief = me.copy()
    assert thief.is_signed_in
    me.post("/logout")
    assert not thief.is_signed_in
    assert thief.post("/add_message", text="stolen").status_code == 401


def test_a_changed_password_ends_other_sessions_and_keeps_this_one(me: Browser) -> None:
    elsewhere = Browser(me.site).sign_in(me.name)
    page = change_password(me, PASSWORD, "new")
    assert page.flashes == ["Your password was changed"]
    assert me.is_signed_in
    assert not elsewhere.is_signed_in
    fresh = Browser(me.site)
    page = fresh.send("/login", username=me.name, password=PASSWORD)
    assert page.errors == ["Error: Invalid password"]
    assert fresh.sign_in(me.name, "new").is_signed_in


def test_a_password_is_changed_by_who_knows_it_and_types_twice(me: Browser) -> None:
    elsewhere = me.copy()
    assert change_password(me, "wrong", "new").errors == ["Error: The current password is wrong"]
    page = change_password(me, PASSWORD, "new", "other")
    assert page.errors == ["Error: The two passwords do not match"]
    [error] = change_password(me, PASSWORD, "").errors
    # The web before this one, which `make adjacent` runs, does not say which.
    assert error.replace(" new ", " ") == "Error: You have to enter a password"
    assert elsewhere.is_signed_in
    assert Browser(me.site).sign_in(me.name).is_signed_in


def test_logging_out_everywhere_ends_all_sessions(me: Browser) -> None:
    elsewhere = Browser(me.site).sign_in(me.name)
    page = me.send("/settings/sessions")
    assert page.url.endswith("/public")
    assert not me.is_signed_in
    assert not elsewhere.is_signed_in


@pytest.fixture
def readers(signed_in: Callable[[], Browser]) -> Iterator[None]:
    """Others who are signed in, and read on and on."""
    is_over = Event()

    def read(browser: Browser) -> None:
        while not is_over.is_set():
            assert browser.is_signed_in

    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read, signed_in()) for _ in range(2)]
        yield
        is_over.set()
    for each in reading:
        each.result()


@pytest.mark.usefixtures("readers")
def test_sessions_that_are_ended_without_web_are_ended_for_web_too(
    system: System, signed_in: Callable[[], Browser]
) -> None:
    users = f"http://127.0.0.1:{system.process('users')['port']}/v1"

    def answered(method: str, path: str, token: str | None = None, **body: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = requests.request(method, users + path, headers=headers, json=body, timeout=SECONDS)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    for _ in range(5):
        somebody = signed_in()
        told = answered("POST", "/sessions", username=somebody.name, password=PASSWORD)
        access = answered("POST", "/access-tokens", told["session_token"])["access_token"]
        assert somebody.is_signed_in
        answered("DELETE", "/sessions", access)
        assert not somebody.is_signed_in


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/settings"), ("POST", "/settings/password"), ("POST", "/settings/sessions")],
)
def test_settings_are_for_who_is_signed_in(browser: Browser, method: str, path: str) -> None:
    assert browser.ask(method, path).status_code == 401


@pytest.mark.contract("A.4 the same password must log the user in on the web; and back again")
def test_who_signs_up_on_the_web_is_known_to_the_simulator(
    simulator: Simulator, browser: Browser, name: str
) -> None:
    sign_up(browser, name)
    assert simulator.tweet(name, "from both sides").status_code == 204
    assert browser.sign_in(name, "x").go("/").messages == ["from both sides"]


def change_password(browser: Browser, current: str, new: str, again: str | None = None) -> Page:
    form = {"current_password": current, "new_password": new}
    return browser.send("/settings/password", **form, new_password2=new if again is None else again)
