"""A page whose one part is unavailable still renders, and says what is missing."""

import pytest
from flask import Flask

from services.web.tests import fakes
from services.web.tests.conftest import Browser, Page, Site
from web import known_sessions, visitor
from web.clients.users import Lease
from web.known_sessions import KnownSessions, Visitor

JANE, LEASE = Visitor(1, "jane", "access"), Lease("a revision", 0.0)


def missing(page: Page) -> list[str]:
    return page.texts("p.missing[role=status]")


@pytest.mark.parametrize("path", ["/", "/public", "/jane"])
def test_without_messages_pages_say_that_these_are_missing(
    site: Site, jane: Browser, path: str
) -> None:
    site.stop("messages")
    page = jane.go(path)
    assert page.status == 200
    assert "messages can't be shown" in missing(page)[0]


def test_what_is_missing_is_in_the_log_with_the_reason(
    site: Site, jane: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    site.stop("users")
    assert jane.get("/joe").status_code == 503
    assert "unavailable: users: " in caplog.text


@pytest.mark.parametrize("path", ["/add_message", "/messages/1/delete"])
def test_a_retryable_failure_is_logged_under_the_id_shown_on_the_page(
    site: Site, jane: Browser, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    site.stop("messages")
    page = jane.send(path, text="typed", back="/public")
    assert page.status == 503
    assert page.texts(".reference code") == [page.answer.headers["X-Request-ID"]]
    assert caplog.text.count("unavailable: messages: ") == 1


def test_a_part_that_a_page_does_without_is_in_the_log(
    site: Site, jane: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    site.stop("messages")
    assert jane.get("/").status_code == 200
    assert caplog.text.count("unavailable: messages: ") == 1


def test_without_messages_a_post_is_a_503_with_the_text_in_the_form(
    site: Site, jane: Browser
) -> None:
    site.stop("messages")
    page = jane.send("/add_message", text="\ntyped with <care>")
    assert page.status == 503
    assert page.answer.headers["Retry-After"] == "1"
    assert page.texts("div.twitbox div.error")
    assert page.value("text") == "\ntyped with <care>"


def test_without_messages_what_is_to_be_deleted_can_be_tried_again(
    site: Site, jane: Browser
) -> None:
    number = site.world.say("jane", "mine")
    page = jane.go("/public?before=9")
    site.stop("messages")
    page = jane.send(f"/messages/{number}/delete", back=page.value("back"))
    assert (page.status, page.answer.headers["Retry-After"]) == (503, "1")
    (form,) = page.soup.select("main form[method=post]")
    assert form["action"] == f"/messages/{number}/delete"
    assert page.soup.select(".aside a[href='/public?before=9']")
    site.start("messages")
    page = jane.send(str(form["action"]), back=page.value("back"))
    assert page.texts("ul.flashes li") == ["Your message was deleted"]
    assert jane.go("/public").texts(".text") == []


def test_without_followers_home_has_ones_own_messages(
    site: Site, jane: Browser, joe: Browser
) -> None:
    site.world.say("jane", "mine")
    jane.post("/joe/follow")
    site.world.say("joe", "not mine")
    jane.go("/joe")
    site.stop("followers")
    page = jane.go("/")
    assert page.texts(".text") == ["mine"]
    assert "people you follow can't be shown" in missing(page)[0]


@pytest.mark.parametrize("path", ["/", "/?before=1"])
def test_without_followers_home_does_not_say_that_there_are_no_messages(
    site: Site, jane: Browser, joe: Browser, path: str
) -> None:
    jane.post("/joe/follow")
    site.world.say("joe", "not seen for now")
    jane.go("/joe")
    site.stop("followers")
    page = jane.go(path)
    (said,) = missing(page)
    assert "people you follow can't be shown" in said
    assert "none of your own" in said
    assert page.texts("ul.messages, .aside") == []


def test_without_messages_and_followers_home_says_no_more_than_that_messages_are_missing(
    site: Site, jane: Browser
) -> None:
    jane.go("/")
    site.stop("messages", "followers")
    (said,) = missing(jane.go("/"))
    assert said.startswith("The messages can't be shown")


def test_without_followers_a_persons_page_has_that_persons_messages(
    site: Site, jane: Browser, joe: Browser
) -> None:
    site.world.say("joe", "from joe")
    site.stop("followers")
    page = jane.go("/joe")
    assert page.texts(".text") == ["from joe"]
    assert missing(page) == ["Who follows whom can't be shown right now."]
    assert page.texts("div.followstatus") == []


@pytest.mark.parametrize("verb", ["follow", "unfollow"])
def test_without_followers_nobody_is_told_to_have_followed_and_all_can_try_again(
    site: Site, jane: Browser, joe: Browser, verb: str
) -> None:
    site.stop("followers")
    page = jane.send(f"/joe/{verb}")
    assert page.status == 503
    assert page.text("h2") == "joe's Timeline"
    assert "Try again" in page.text("div.error")
    assert missing(page) == ["Who follows whom can't be shown right now."]
    (form,) = page.soup.select("div.followstatus form")
    site.start("followers")
    told = jane.send(str(form["action"])).text("ul.flashes li")
    assert ("no longer" in told, "joe" in told) == (verb == "unfollow", True)


def test_without_users_a_known_visitor_stays_signed_in_and_can_post(
    site: Site, jane: Browser
) -> None:
    site.stop("users")
    assert jane.go("/").status == 200
    assert jane.post("/add_message", text="still here").status_code == 302
    assert site.world.messages[0]["text"] == "still here"


def test_without_users_a_page_says_that_it_can_not_tell_who_is_there(
    site: Site, jane: Browser
) -> None:
    site.world.say("jane", "hello")
    visitor.forget_all(site.app)
    site.stop("users")
    page = jane.go("/public")
    assert page.texts(".text") == ["hello"]
    assert "can't check who you are right now" in missing(page)[0]
    assert "can't check who you are right now" in missing(jane.go("/"))[0]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/settings"), ("POST", "/joe/follow"), ("POST", "/add_message"), ("POST", "/login")],
)
def test_while_a_page_can_not_tell_who_is_there_it_says_so_once_and_claims_no_more(
    site: Site, jane: Browser, method: str, path: str
) -> None:
    visitor.forget_all(site.app)
    site.stop("users")
    page = Page(jane.http.open(path, method=method, data={"text": "x"} if method == "POST" else {}))
    assert page.status == 503
    said = page.text("main")
    assert said.count("can't check who you are") == (path != "/login")
    assert said.count("Try again in a moment") == 1
    for claim in ("you are not signed in", "saved", "up to date"):
        assert claim not in said


def test_an_unverified_post_is_a_503_that_keeps_the_text(site: Site, jane: Browser) -> None:
    visitor.forget_all(site.app)
    site.stop("users")
    page = jane.send("/add_message", text="typed with care")
    assert page.status == 503
    assert page.value("text") == "typed with care"
    assert jane.post("/jane/follow").status_code == 503
    assert jane.get("/settings").status_code == 503


def test_a_copied_cookie_serves_nobody_after_signing_out(site: Site, jane: Browser) -> None:
    copied = jane.http.get_cookie("minitwit")
    assert copied is not None
    assert jane.post("/logout").status_code == 302
    site.stop("users")
    thief = site.browser()
    thief.http.set_cookie("minitwit", copied.value)
    assert thief.send("/add_message", text="not jane's").status == 503
    assert site.world.messages == []


def test_a_token_that_has_ended_serves_no_longer() -> None:
    kept = KnownSessions()
    kept.keep("session", JANE, known_sessions.MARGIN_SECONDS, LEASE, kept.dropped)
    assert kept.last_known("session") is None


def test_of_too_many_sessions_the_one_not_traded_for_longest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known_sessions, "SESSIONS_KEPT", 2)
    kept = KnownSessions()
    for session in ("one", "two", "one", "three"):
        kept.keep(session, JANE, 300, LEASE, kept.dropped)
    found = [kept.last_known(session) for session in ("one", "two", "three")]
    assert found == [JANE, None, JANE]


def test_without_users_pages_of_names_seen_before_are_there(
    site: Site, anybody: Browser, jane: Browser
) -> None:
    anybody.go("/jane")
    site.stop("users")
    assert anybody.get("/jane").status_code == 200
    answer = anybody.get("/joe")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_without_a_database_pages_of_names_seen_before_are_there(
    site: Site, anybody: Browser, jane: Browser, joe: Browser
) -> None:
    """Each service is there, and says that it can't tell."""
    anybody.go("/jane")
    waiting = Flask("waiting")
    waiting.before_request(lambda: fakes.refuse(503, "unavailable"))
    for name in ("users", "messages", "followers"):
        site.start(name, instead=waiting)
    page = anybody.go("/jane")
    assert page.status == 200
    assert "messages can't be shown" in missing(page)[-1]
    answer = anybody.get("/joe")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_without_users_forms_are_refilled_but_for_passwords(site: Site, anybody: Browser) -> None:
    site.stop("users")
    page = anybody.register("jane")
    assert page.status == 503
    assert page.value("username") == "jane"
    assert page.value("email") == "jane@example.org"
    assert page.value("password") == page.value("password2") == ""
    told = page.text("div.error")
    assert "Type your password again" in told
    assert "If the username is taken then" in told
    page = anybody.log_in("jane")
    assert page.status == 503
    assert page.value("username") == "jane"
    assert "Error" in page.text("div.error")


def test_without_users_settings_change_nothing_and_say_so(site: Site, jane: Browser) -> None:
    jane.go("/")
    site.stop("users")
    assert jane.go("/settings").status == 200
    fields = {"current_password": "secret", "new_password": "b", "new_password2": "b"}
    assert jane.send("/settings/password", **fields).status == 503
    page = jane.send("/settings/sessions")
    assert page.status == 503
    assert page.texts("div.error")


@pytest.mark.parametrize("is_known", [True, False])
def test_without_users_signing_out_forgets_and_tells_the_rest(
    site: Site, jane: Browser, is_known: bool
) -> None:
    if not is_known:
        visitor.forget_all(site.app)
    site.stop("users")
    flashes = jane.go("/logout").texts("ul.flashes li")
    assert flashes[0] == "You were logged out"
    assert "could not be ended" in flashes[1]
    with jane.http.session_transaction() as session:
        assert "token" not in session


def test_without_anything_there_are_still_pages(site: Site, anybody: Browser) -> None:
    site.stop("users", "messages", "followers")
    for path in ("/public", "/login", "/register", "/static/style.css", "/robots.txt"):
        assert anybody.get(path).status_code == 200


def test_an_answer_of_another_shape_counts_as_none(site: Site, jane: Browser) -> None:
    site.world.say("jane", "hello")
    del site.world.messages[0]["author"]
    assert missing(jane.go("/public"))


def test_a_refused_token_is_a_401(site: Site, jane: Browser) -> None:
    jane.go("/")
    site.world.sessions.clear()
    site.stop("users")
    page = jane.send("/add_message", text="typed with care")
    assert page.status == 401
    assert "typed with care" in page.html


def test_an_unexpected_refusal_by_users_counts_as_an_outage(site: Site, jane: Browser) -> None:
    confused = Flask("users")
    confused.before_request(lambda: ({"slug": "bad-request", "detail": "What?"}, 400))
    site.start("users", instead=confused)
    assert jane.go("/").soup.select("header a[href='/settings']")
    visitor.forget_all(site.app)
    page = jane.go("/public")
    assert page.status == 200
    assert "can't check who you are" in missing(page)[0]
