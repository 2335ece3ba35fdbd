"""The gateway keeps the public page for a second, for those without a session alone."""

from tests.people import Browser
from tests.system import eventually


def test_ones_own_message_is_there_at_once_and_soon_for_everybody(
    browser: Browser, me: Browser
) -> None:
    for number in range(5):
        text = f"{number} of {me.name}"
        browser.go("/public")
        me.post("/add_message", text=text)
        assert text in me.go("/public").messages
        eventually(lambda text=text: text in browser.go("/public").messages)


def test_who_is_signed_in_and_who_is_not_never_see_each_others_page(
    browser: Browser, me: Browser
) -> None:
    for _ in range(20):
        assert f"sign out [{me.name}]" in me.go("/public").html
        assert f"[{me.name}]" not in browser.go("/public").html


def test_a_flash_is_shown_to_whom_it_is_for(browser: Browser, me: Browser) -> None:
    browser.go("/public")
    assert me.send("/logout").flashes == ["You were logged out"]
    assert browser.go("/public").flashes == []
    assert me.go("/public").flashes == []
