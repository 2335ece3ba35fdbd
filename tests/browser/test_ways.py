"""The ways that people go through the pages: with scripts, without, and by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PLAIN_HOST, Window, sign_in
from tests.people import PASSWORD, Simulator, quoted
from tests.system import System

ELSEWHERE = "http://evil.localhost"
TRAP = """<!doctype html><title>Win a prize</title><link rel=icon href="data:,">
<a id=link href="{target}">win</a>
<form action="{target}"><button id=get>win</button></form>
<form action="{target}" method=post><button id=post>win</button></form>"""


def fill(page: Page, **form: str) -> None:
    for name, value in form.items():
        page.locator(f"[name={name}]").fill(value)


def expect_flash(page: Page, text: str) -> None:
    expect(page.locator("ul.flashes > li")).to_have_text(text)


@pytest.mark.contract("B .follow to click; signing out by clicking the link; complete without JS")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_signing_up_to_signing_out(
    window: Window, simulator: Simulator, account: str, scripts: bool
) -> None:
    simulator.tweet(account, "hello from me")
    name = f"{account} 2"
    page = window(java_script_enabled=scripts)
    page.goto("/")
    expect(page).to_have_title("Public Timeline | MiniTwit")
    page.locator(".navigation").get_by_text("sign up").click()
    fill(page, username=name, email="a@b", password="x", password2="y")
    page.locator("input[type=submit]").click()
    expect(page.locator("div.error")).to_have_text("Error: The two passwords do not match")
    expect(page.locator("[name=username]")).to_have_value(name)
    fill(page, password="x", password2="x")
    page.locator("input[type=submit]").click()
    expect_flash(page, "You were successfully registered and can login now")

    fill(page, username=name, password="x")
    page.get_by_role("button", name="Sign In").click()
    expect_flash(page, "You were logged in")
    fill(page, text="first\n<b>second</b>")
    page.get_by_role("button", name="Share").click()
    expect_flash(page, "Your message was recorded")
    assert page.locator("ul.messages > li .text").all_text_contents() == ["first\n<b>second</b>"]

    page.get_by_role("link", name="public timeline", exact=True).first.click()
    page.get_by_role("link", name=account, exact=True).first.click()
    expect(page.locator("div.followstatus")).to_contain_text("You are not yet following this user.")
    page.locator(".follow").click()
    expect_flash(page, f'You are now following "{account}"')
    page.get_by_role("link", name="1 follower").click()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page).to_have_title(f"{name}'s Timeline | MiniTwit")
    page.get_by_role("link", name="my timeline").click()
    expect(page.locator("ul.messages > li")).to_have_count(2)
    page.goto(f"/{quoted(account)}")
    page.locator(".unfollow").click()
    expect_flash(page, f'You are no longer following "{account}"')

    page.goto("/")
    page.locator("summary").click()
    page.get_by_role("button", name="Delete for good").click()
    expect_flash(page, "Your message was deleted")
    page.get_by_text(f"sign out [{name}]").click()
    expect_flash(page, "You were logged out")
    expect(page.locator(".navigation")).to_contain_text("sign in")


def test_signing_in_and_posting_need_no_more_than_a_keyboard(window: Window, account: str) -> None:
    page = window()
    page.goto("/login")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    expect(page.get_by_text("Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(account)
    page.keyboard.press("Tab")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign In")).to_be_focused()
    page.keyboard.press("Enter")
    expect_flash(page, "You were logged in")
    press_until_focused(page, "textarea[name=text]")
    page.keyboard.type("typed")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_flash(page, "Your message was recorded")


@pytest.mark.parametrize("path", ["/", "/settings", "/{account}"])
def test_whatever_has_the_focus_can_be_seen(
    window: Window, simulator: Simulator, account: str, path: str
) -> None:
    simulator.tweet(account, "hello")
    page = sign_in(window(), account)
    page.goto(path.format(account=quoted(account)))
    seen = []
    for _ in range(page.locator("a, button, input:not([type=hidden]), textarea, summary").count()):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if not focused.count():
            break
        expect(focused).to_be_in_viewport()
        assert focused.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
        seen.append(focused.evaluate("e => e.outerHTML"))
    assert len(seen) == len(set(seen))
    assert len(seen) > 5


def press_until_focused(page: Page, selector: str) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"{selector} is not reached by the Tab key")


def test_what_was_typed_survives_an_outage(window: Window, system: System, account: str) -> None:
    text = "typed with care\n\n<and> \"quotes' 🦜"
    page = sign_in(window(), account)
    with system.without("messages"):
        fill(page, text=text)
        page.get_by_role("button", name="Share").click()
        expect(page.locator("div.error")).to_be_visible()
        expect(page.locator("[name=text]")).to_have_value(text)
    page.get_by_role("button", name="Share").click()
    expect_flash(page, "Your message was recorded")
    assert page.locator("ul.messages > li .text").all_text_contents() == [text]


def test_going_back_finds_what_was_typed(
    window: Window, system: System, account: str, complaints: list[str]
) -> None:
    page = sign_in(window(), account)
    page.goto("/")
    with system.without("web"):
        fill(page, text="typed with care")
        page.get_by_role("button", name="Share").click()
        expect(page.locator("body")).to_contain_text("Nothing was saved")
    page.go_back()
    expect(page.locator("[name=text]")).to_have_value("typed with care")


def followed_before(simulator: Simulator, account: str, path: str) -> list[str]:
    """Whom the account follows: itself, where `path` would end that, else nobody."""
    if path.endswith("/unfollow"):
        assert simulator.change(account, follow=account).status_code == 204
        return [account]
    return []


@pytest.mark.contract("B The GETs that change state … cross-site ones are refused")
@pytest.mark.parametrize("trap", ["#link", "#get", "#post"])
@pytest.mark.parametrize("path", ["/logout", "/{account}/follow", "/{account}/unfollow"])
def test_a_page_of_another_site_can_change_nothing(
    window: Window,
    system: System,
    simulator: Simulator,
    account: str,
    complaints: list[str],
    trap: str,
    path: str,
) -> None:
    followed = followed_before(simulator, account, path)
    page = sign_in(window(), account)
    body = TRAP.format(target=system.url + path.format(account=quoted(account)))
    page.route(f"{ELSEWHERE}/*", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(f"{ELSEWHERE}/trap")
    assert complaints.pop() == f"asked {ELSEWHERE}/trap"
    with page.expect_navigation() as navigation:
        page.locator(trap).click()
    assert navigation.value is not None
    assert navigation.value.status == 403
    assert simulator.follows(account) == followed
    page.goto("/")
    expect(page).to_have_title("My Timeline | MiniTwit")


@pytest.mark.parametrize(
    ("path", "question", "done"),
    [
        ("/logout", "Sign out?", "You were logged out"),
        ("/{account}/follow", "Follow {account}?", 'You are now following "{account}"'),
        ("/{account}/unfollow", "Unfollow {account}?", 'You are no longer following "{account}"'),
    ],
)
def test_over_plain_http_a_link_without_a_referrer_needs_confirmation(
    window: Window,
    system: System,
    simulator: Simulator,
    account: str,
    complaints: list[str],
    path: str,
    question: str,
    done: str,
) -> None:
    site = f"http://{PLAIN_HOST}:{system.port}"
    followed = followed_before(simulator, account, path)
    page = sign_in(window(base_url=site), account)
    body = TRAP.format(target=site + path.format(account=quoted(account)))
    hidden = {"content_type": "text/html", "headers": {"Referrer-Policy": "no-referrer"}}
    page.route(f"{ELSEWHERE}/*", lambda route: route.fulfill(body=body, **hidden))
    page.goto(f"{ELSEWHERE}/trap")
    assert complaints.pop() == f"asked {ELSEWHERE}/trap"
    page.locator("#link").click()
    expect(page.locator("h2")).to_have_text(question.format(account=account))
    assert simulator.follows(account) == followed
    page.get_by_role("link", name="No, go back").click()
    expect(page.get_by_role("link", name="my timeline")).to_be_visible()
    page.goto(path.format(account=quoted(account)))
    page.locator("main button").click()
    expect_flash(page, done.format(account=account))


def test_over_plain_http_our_own_pages_are_not_asked_about(
    window: Window, system: System, account: str
) -> None:
    page = sign_in(window(base_url=f"http://{PLAIN_HOST}:{system.port}"), account)
    page.get_by_text(f"sign out [{account}]").click()
    expect_flash(page, "You were logged out")
