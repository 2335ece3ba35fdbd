"""One's own account."""

import pytest

from services.web.tests import fakes
from services.web.tests.conftest import Browser, Page, Site


def change(browser: Browser, current: str, new: str, again: str) -> Page:
    return browser.send(
        "/settings/password", current_password=current, new_password=new, new_password2=again
    )


def test_the_settings_are_for_who_is_signed_in(anybody: Browser, jane: Browser) -> None:
    assert anybody.get("/settings").status_code == 401
    assert anybody.post("/settings/password").status_code == 401
    assert anybody.post("/settings/sessions").status_code == 401
    assert jane.go("/").soup.select("header a[href='/settings']")


def test_password_managers_find_where_to_change_it(jane: Browser, anybody: Browser) -> None:
    for whoever, status in ((jane, 200), (anybody, 401)):
        page = whoever.go("/.well-known/change-password")
        assert (page.path, page.status) == ("/settings", status)
    assert anybody.go("/.well-known/resource-that-should-not-exist").status == 404


def test_the_password_can_be_changed(site: Site, jane: Browser, anybody: Browser) -> None:
    page = change(jane, "secret", "better", "better")
    assert page.path == "/settings"
    assert page.texts("ul.flashes li") == ["Your password was changed"]
    assert anybody.log_in("jane", "better").path == "/"


@pytest.mark.parametrize(
    ("current", "new", "again", "text", "field"),
    [
        ("wrong", "better", "better", "The current password is wrong", "current_password"),
        ("secret", "better", "other", "The two passwords do not match", "new_password2"),
        ("secret", "", "", "You have to enter a new password", "new_password"),
        ("", "", "", "You have to enter a new password", "new_password"),
    ],
)
def test_what_is_wrong_with_a_change_is_said_beside_the_field(
    site: Site, jane: Browser, current: str, new: str, again: str, text: str, field: str
) -> None:
    page = change(jane, current, new, again)
    assert page.status == 400
    assert page.text("div.error") == f"Error: {text}"
    assert [each["name"] for each in page.soup.select("[aria-invalid]")] == [field]
    assert site.world.accounts["jane"] == "secret"


def test_a_password_that_users_can_not_be_sent_is_no_outage(site: Site, jane: Browser) -> None:
    long = '"' * 540_000
    form = {"current_password": long, "new_password": "a", "new_password2": "a"}
    answer = jane.http.post("/settings/password", data=form, content_type="multipart/form-data")
    page = Page(answer)
    assert page.status == 400
    assert page.text("div.error") == "Error: What you typed is too long"
    assert page.texts("[aria-invalid]") == []
    assert "users POST /v1/password" not in site.world.calls


@pytest.mark.parametrize("path", ["/settings/password", "/settings/sessions"])
def test_the_address_of_a_form_that_was_refused_leads_to_the_settings(
    anybody: Browser, jane: Browser, path: str
) -> None:
    """By pressing Enter in the address bar, say."""
    answer = jane.get(path)
    assert (answer.status_code, answer.location) == (302, "/settings")
    page = anybody.go(path)
    assert page.status == 401
    page = anybody.send("/login", username="jane", password="secret", next=page.value("next"))
    assert page.path == "/settings"


def test_an_ended_session_is_asked_to_sign_in_again(site: Site, jane: Browser) -> None:
    users = fakes.users(site.world)
    users.view_functions["change_password"] = lambda: fakes.refuse(401, "unauthorized")
    site.start("users", users)
    page = change(jane, "secret", "better", "better")
    assert (page.status, page.text("h2")) == (401, "Please sign in")


def test_logging_out_succeeds_even_if_the_first_answer_was_lost(
    site: Site, jane: Browser, joe: Browser
) -> None:
    site.world.loses_answers = True
    assert jane.post("/settings/sessions").location == "/public"
    assert jane.go("/public").texts("ul.flashes li") == ["You were logged out everywhere"]
    joe.post("/logout")
    assert joe.go("/public").texts("ul.flashes li") == ["You were logged out"]
    assert site.world.sessions == {}


def test_logging_out_everywhere_ends_every_session(site: Site, jane: Browser) -> None:
    phone = site.browser()
    phone.log_in("jane")
    answer = jane.post("/settings/sessions")
    assert (answer.status_code, answer.location) == (302, "/public")
    assert jane.go("/public").texts("ul.flashes li") == ["You were logged out everywhere"]
    assert phone.get("/").location == "/public"


def left_in_another_tab(jane: Browser, action: str) -> str:
    """For whom jane's form is made, which stays open while joe signs in by the same browser."""
    (form,) = jane.go("/settings").soup.select(f"form[action='{action}']")
    jane.send("/logout")
    jane.register("joe")
    jane.log_in("joe")
    return str(form.select_one("[name=author]")["value"])  # type: ignore[index]


def test_a_page_that_was_made_for_somebody_else_ends_nobodys_sessions(jane: Browser) -> None:
    author = left_in_another_tab(jane, "/settings/sessions")
    page = jane.send("/settings/sessions", author=author)
    assert page.status == 409
    assert "You are signed in as joe now" in page.text("main")
    assert jane.get("/").status_code == 200
    assert jane.send("/settings/sessions", author="joe").path == "/public"


def test_a_page_that_was_made_for_somebody_else_changes_nobodys_password(
    site: Site, jane: Browser
) -> None:
    """Both have the same one, as people who share a computer may."""
    author = left_in_another_tab(jane, "/settings/password")
    typed = {"current_password": "secret", "new_password": "better", "new_password2": "better"}
    page = jane.send("/settings/password", **typed, author=author)
    assert page.status == 409
    assert "You are signed in as joe now" in page.text("main")
    assert site.world.accounts == {"jane": "secret", "joe": "secret"}


@pytest.mark.parametrize("path", ["/settings/sessions", "/settings/password"])
def test_a_session_that_was_ended_is_not_known_from_before_when_users_is_away(
    site: Site, jane: Browser, path: str
) -> None:
    phone = site.browser()
    phone.log_in("jane")
    assert phone.go("/").soup.select("header a[href='/settings']")
    answer = jane.post(
        path, current_password="secret", new_password="better", new_password2="better"
    )
    assert answer.status_code == 302
    site.stop("users")
    assert not phone.go("/").soup.select("header a[href='/settings']")


def test_a_session_error_is_not_shown_beside_the_password_form(site: Site, jane: Browser) -> None:
    site.world.loses_answers = True
    site.stop("users")
    page = jane.send("/settings/sessions")
    assert page.status == 503
    assert page.text("div.error").startswith("Error: We got no answer, so you are probably")
    assert not page.soup.select("section div.error")
