"""Writing messages, and taking them back."""

import pytest

from services.web.tests import fakes
from services.web.tests.conftest import Browser, Page, Site
from web import submissions, visitor


@pytest.mark.contract("B /add_message: stored and flash; 302 to /")
def test_a_message_is_stored(site: Site, jane: Browser) -> None:
    answer = jane.post("/add_message", text="hello <world>")
    assert (answer.status_code, answer.location) == (302, "/")
    page = jane.go("/")
    assert page.texts("ul.flashes li") == ["Your message was recorded"]
    assert site.world.messages[0]["text"] == "hello <world>"


@pytest.mark.contract("B /add_message: 401 anonymous")
def test_an_anonymous_post_is_refused_and_gives_the_text_back(anybody: Browser) -> None:
    page = anybody.send("/add_message", text="typed with care")
    assert page.status == 401
    assert "typed with care" in page.html
    assert page.soup.select("main a[href='/login']")
    assert anybody.post("/add_message").status_code == 401


@pytest.mark.contract("B /add_message: empty: no flash")
def test_an_empty_text_is_not_stored_and_not_talked_about(site: Site, jane: Browser) -> None:
    answer = jane.post("/add_message", text="")
    assert (answer.status_code, answer.location) == (302, "/")
    assert jane.go("/").texts("ul.flashes") == []
    assert site.world.messages == []


def test_a_text_of_spaces_is_a_text(site: Site, jane: Browser) -> None:
    jane.post("/add_message", text=" ")
    assert site.world.messages[0]["text"] == " "


@pytest.mark.contract("B /add_message: field absent 400")
def test_a_form_without_the_field_is_no_request(jane: Browser) -> None:
    assert jane.post("/add_message", other="x").status_code == 400


def form_of(page: Page, **changed: str) -> dict[str, str]:
    """What a browser would send of the message form as it is, but for what somebody changed."""
    return {name: page.value(name) for name in ("text", "author", "submission")} | changed


def test_a_button_that_is_pressed_twice_posts_once(site: Site, jane: Browser) -> None:
    form = form_of(jane.go("/"), text="hello")
    for _ in range(2):
        assert jane.post("/add_message", **form).status_code == 302
    assert [each["text"] for each in site.world.messages] == ["hello"]
    assert jane.go("/").texts("ul.flashes li") == ["Your message was recorded"]


def test_what_is_written_in_another_form_is_another_message(site: Site, jane: Browser) -> None:
    for _ in range(2):
        jane.post("/add_message", **form_of(jane.go("/"), text="hello"))
    assert len(site.world.messages) == 2


def test_what_was_changed_before_it_is_sent_again_is_not_lost(site: Site, jane: Browser) -> None:
    """As by whoever goes back and goes on writing."""
    form = form_of(jane.go("/"), text="hello")
    jane.post("/add_message", **form)
    jane.post("/add_message", **{**form, "text": "hello world"})
    assert [each["text"] for each in site.world.messages] == ["hello", "hello world"]


def test_a_post_without_an_answer_can_be_resent_from_the_error_page(
    site: Site, jane: Browser
) -> None:
    form = form_of(jane.go("/"), text="hello")
    jane.post("/add_message", **form)
    site.stop("messages")
    page = jane.send("/add_message", **form)
    assert page.status == 503
    assert "Sent again unchanged, it is posted only once." in page.text("div.error")
    site.start("messages")
    jane.post("/add_message", **form_of(page))
    assert [each["text"] for each in site.world.messages] == ["hello"]


def test_what_was_typed_is_still_there_after_a_fault_of_ours(
    jane: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_text: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(submissions, "key", broken)
    page = jane.send("/add_message", text="typed with care")
    assert page.status == 500
    assert page.value("text") == "typed with care"


@pytest.mark.parametrize("submission", ["", "x", "0" * 33, "\0", "é" * 32])
def test_a_form_without_a_valid_submission_id_posts_each_time(
    site: Site, jane: Browser, submission: str
) -> None:
    """As clients do that are no browsers."""
    for _ in range(2):
        answer = jane.post("/add_message", text="hello", submission=submission)
        assert answer.status_code == 302
    assert len(site.world.messages) == 2


def test_line_ends_are_stored_as_one_character(site: Site, jane: Browser) -> None:
    jane.post("/add_message", text="one\r\ntwo")
    assert site.world.messages[0]["text"] == "one\ntwo"


@pytest.mark.parametrize("text", ["x" * 10_001, "\nstarts with a line\0", "null \0 byte"])
def test_what_can_not_be_stored_is_still_in_the_form(jane: Browser, text: str) -> None:
    page = jane.send("/add_message", text=text)
    assert page.status == 400
    assert page.texts("div.twitbox div.error")
    assert page.value("text") == text
    assert page.soup.select("textarea[aria-invalid=true][aria-describedby=error]")


@pytest.mark.parametrize(("away", "status"), [("messages", 503), ("users", 503), (None, 409)])
def test_a_text_is_not_marked_for_what_is_no_fault_of_its(
    site: Site, jane: Browser, away: str | None, status: int
) -> None:
    if away:
        visitor.forget_all(site.app)
        site.stop(away)
    page = jane.send("/add_message", text="flawless", author="jane" if away else "joe")
    assert page.status == status
    assert page.soup.select("textarea[aria-describedby=error]:not([aria-invalid])")


def test_a_text_that_is_larger_than_messages_reads_is_refused_like_any_that_is_too_long(
    site: Site, jane: Browser
) -> None:
    text = '"' * 540_000
    answer = jane.http.post("/add_message", data={"text": text}, content_type="multipart/form-data")
    page = Page(answer)
    assert page.status == 400
    fault = "A message has at most 10,000 characters. This one has 540,000."
    assert page.text("div.error") == f"Error: {fault}"
    assert page.value("text") == text
    assert "messages POST /v1/messages" not in site.world.calls


def test_what_is_too_large_for_messages_is_no_outage(site: Site, jane: Browser) -> None:
    messages = fakes.messages(site.world)
    for view in ("post", "delete"):
        messages.view_functions[view] = lambda **_: fakes.refuse(413, "too-large", "Too large")
    site.start("messages", messages)
    page = jane.send("/add_message", text="typed with care")
    assert (page.status, page.text("div.error")) == (400, "Error: Too large")
    assert page.value("text") == "typed with care"
    assert jane.post("/messages/1/delete").status_code == 413


def test_ten_thousand_letters_of_any_script_fit(site: Site, jane: Browser) -> None:
    answer = jane.http.post(
        "/add_message", data={"text": "🎉" * 10_000}, content_type="multipart/form-data"
    )
    assert answer.status_code == 302
    assert len(site.world.messages[0]["text"]) == 10_000
    (form,) = jane.go("/").soup.select("div.twitbox form")
    assert form["enctype"] == "multipart/form-data"


def test_too_large_a_body_is_told_so(site: Site, jane: Browser) -> None:
    page = jane.send("/add_message", text="x" * site.app.config["MAX_CONTENT_LENGTH"])
    assert page.status == 413
    assert "Back button" in page.html


def test_too_large_a_body_hides_no_other_error(site: Site, anybody: Browser) -> None:
    large = "x" * site.app.config["MAX_CONTENT_LENGTH"]
    assert anybody.post("/settings/password", text=large).status_code == 401
    assert anybody.post("/messages/1/delete", back=large).status_code == 401


def test_own_messages_have_a_button_to_delete_them(
    site: Site, anybody: Browser, jane: Browser, joe: Browser
) -> None:
    number = site.world.say("jane", "mine")
    selector = f"form[action='/messages/{number}/delete'][method=post] button"
    assert jane.go("/public").soup.select(selector)
    assert joe.go("/public").soup.select(selector) == []
    assert anybody.go("/public").soup.select(selector) == []


def test_each_control_to_delete_says_of_which_message(site: Site, jane: Browser) -> None:
    for text in ("older", "newer"):
        site.world.say("jane", text)
    page = jane.go("/")
    moments = page.texts("time")
    assert len(set(moments)) == 2
    for selector, words in (("summary", "delete"), (".delete button", "Delete for good")):
        names = [str(each["aria-label"]) for each in page.soup.select(selector)]
        assert names == [f"{words} your message of {moment}" for moment in moments]
        assert page.texts(selector) == [words] * 2


@pytest.mark.parametrize("path", ["/", "/jane", "/public?before=2"])
def test_deleting_leads_back_to_where_one_was(site: Site, jane: Browser, path: str) -> None:
    number = site.world.say("jane", "mine")
    page = jane.go(path)
    answer = jane.post(f"/messages/{number}/delete", back=page.value("back"))
    assert (answer.status_code, answer.location) == (302, path)
    assert jane.go("/").texts("ul.flashes li") == ["Your message was deleted"]
    assert site.world.messages == []


@pytest.mark.parametrize(
    "back",
    [
        *("https://evil.example", "//evil.example", "/\\evil.example", "/\n/evil", "", "x"),
        *("//[evil", "http://[", "/" + "x" * 2_000, "/æ"),
    ],
)
def test_deleting_leads_to_no_other_site(site: Site, jane: Browser, back: str) -> None:
    number = site.world.say("jane", "mine")
    assert jane.post(f"/messages/{number}/delete", back=back).location == "/"


def test_who_has_to_sign_in_to_delete_comes_back_to_where_the_message_is(
    site: Site, jane: Browser
) -> None:
    number = site.world.say("jane", "mine")
    back = jane.go("/public?before=9").value("back")
    site.world.sessions.clear()
    page = jane.send(f"/messages/{number}/delete", back=back)
    assert page.status == 401
    sent = {"username": "jane", "password": "secret", "next": page.value("next")}
    assert jane.post("/login", **sent).location == "/public?before=9"
    assert len(site.world.messages) == 1


@pytest.mark.parametrize("back", ["//evil.example", "/logout", "/joe/follow"])
def test_who_has_to_sign_in_to_delete_is_led_to_no_other_site(anybody: Browser, back: str) -> None:
    assert anybody.send("/messages/1/delete", back=back).value("next") == "/"


def test_deleting_a_message_twice_is_harmless(site: Site, jane: Browser) -> None:
    """Somebody clicked twice."""
    number = site.world.say("jane", "mine")
    answers = [jane.post(f"/messages/{number}/delete", back="/public") for _ in range(2)]
    assert [answer.location for answer in answers] == ["/public"] * 2
    assert jane.go("/public").texts("ul.flashes li") == ["Your message was deleted"]


def test_only_ones_own_messages_can_be_deleted(
    site: Site, anybody: Browser, jane: Browser, joe: Browser
) -> None:
    number = site.world.say("jane", "mine")
    assert anybody.post(f"/messages/{number}/delete").status_code == 401
    assert joe.post(f"/messages/{number}/delete").status_code == 403
    assert jane.get(f"/messages/{number}/delete").status_code == 405
    assert len(site.world.messages) == 1


def test_what_was_typed_as_somebody_else_is_not_shared_but_still_in_the_form(
    site: Site, jane: Browser
) -> None:
    jane.send("/logout")
    jane.register("joe")
    jane.log_in("joe")
    page = jane.send("/add_message", text="by jane", author="jane")
    assert page.status == 409
    assert "signed in as joe now" in page.text("div.twitbox div.error")
    assert page.value("text") == "by jane"
    assert site.world.messages == []
    assert jane.send("/add_message", text="by joe", author=page.value("author")).path == "/"
    assert site.world.messages[0]["author"]["name"] == "joe"


def test_what_was_typed_in_a_session_that_has_ended_can_be_shared_from_where_it_is(
    site: Site, jane: Browser
) -> None:
    site.world.sessions.clear()
    page = jane.send("/add_message", text="typed <with> care")
    assert page.status == 401
    assert page.value("text") == "typed <with> care"
    (form,) = page.soup.select("form[action='/add_message']")
    assert form.select_one("input[type=submit]")
    assert page.soup.select_one("main a[href='/login'][target=_blank]")


@pytest.mark.parametrize("status", [401, 500, 503])
def test_a_form_that_is_given_back_is_by_nobody_but_whom_it_was_made_for(
    site: Site, jane: Browser, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """In another tab somebody else may sign in before it is sent again."""
    form = form_of(jane.go("/"), text="by jane")
    jane.send("/logout")
    jane.register("joe")
    with monkeypatch.context() as patch:
        if status != 401:
            jane.log_in("joe")
        if status == 500:
            patch.setattr(visitor, "is_made_for", None)
        if status == 503:
            visitor.forget_all(site.app)
            site.stop("users")
        page = jane.send("/add_message", **form)
    assert page.status == status
    assert form_of(page) == form
    site.start("users")
    jane.log_in("joe")
    assert jane.post("/add_message", **form_of(page)).status_code == 409
    assert site.world.messages == []


def test_of_whom_a_form_was_made_for_only_a_name_is_given_back(anybody: Browser) -> None:
    page = anybody.send("/add_message", text="typed with care", author="x" * 101)
    assert page.value("text") == "typed with care"
    assert page.soup.select("[name=author]") == []


def test_an_oversized_request_deletes_no_message(site: Site, jane: Browser) -> None:
    number = site.world.say("jane", "mine")
    limit = site.app.config["MAX_CONTENT_LENGTH"]
    assert jane.post(f"/messages/{number}/delete", back="x" * limit).status_code == 413
    assert len(site.world.messages) == 1


def test_the_return_address_in_a_form_is_never_too_long_to_be_accepted(
    site: Site, jane: Browser
) -> None:
    site.world.say("jane", "mine")
    assert jane.go("/jane?before=9").value("back") == "/jane?before=9"
    assert jane.go(f"/jane?{'&' * 2_000}").value("back") == "/jane"
