"""The simulator's routes, as the contract has them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis import testing
from chassis.testing import is_error, latest

contract = pytest.mark.contract

FORBIDDEN = {"status": 403, "error_msg": "You are not authorized to use this resource!"}
Post = Callable[..., TestResponse]


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """POST /api/fllws/NAME as the simulator does it."""

    def send(name: str, query: str = "", **body: Any) -> TestResponse:
        path = f"/api/fllws/{quote(name, safe='')}{query}"
        return client.post(path, data=orjson.dumps(body), headers=testing.SIMULATOR)

    return send


def follows(client: FlaskClient, name: str, query: str = "") -> list[str]:
    """What GET /api/fllws/NAME says."""
    answer: Any = client.get(f"/api/fllws/{quote(name)}{query}", headers=testing.SIMULATOR)
    assert answer.status_code == 200
    assert list(answer.json) == ["follows"]
    names: list[str] = answer.json["follows"]
    return names


def is_empty(answer: TestResponse) -> bool:
    return answer.status_code == 204 and answer.data == b""


@contract("A.1 Answers of 204 have an empty body")
@contract("A.3 POST /fllws/{name} 204")
@contract("A.3 GET /fllws/{name} 200 {follows: [names]}")
@contract("A.6 GET /fllws/u: whom u follows")
def test_who_follows_somebody_has_them_in_the_list(client: FlaskClient, post: Post) -> None:
    assert is_empty(post("ada", follow="bob"))
    assert is_empty(post("ada", follow="cleo"))
    assert follows(client, "ada") == ["cleo", "bob"]
    assert is_empty(post("ada", unfollow="bob"))
    assert follows(client, "ada") == ["cleo"]
    assert follows(client, "bob") == []


@contract("A.6 Following twice is one follow, 204")
def test_following_twice_is_one_follow(client: FlaskClient, post: Post) -> None:
    assert is_empty(post("ada", follow="bob"))
    assert is_empty(post("ada", follow="bob"))
    assert follows(client, "ada") == ["bob"]


@contract("A.6 Unfollowing someone not followed: 204")
def test_unfollowing_someone_not_followed_is_fine(client: FlaskClient, post: Post) -> None:
    assert is_empty(post("ada", unfollow="bob"))
    assert follows(client, "ada") == []


@contract("A.6 Self-follow: 204")
def test_anybody_may_follow_themself(client: FlaskClient, post: Post) -> None:
    assert is_empty(post("ada", follow="ada"))
    assert follows(client, "ada") == ["ada"]


@contract("A.6 Both keys: follow wins")
def test_follow_wins_over_unfollow(client: FlaskClient, post: Post) -> None:
    post("ada", follow="bob")
    assert is_empty(post("ada", unfollow="bob", follow="cleo"))
    assert follows(client, "ada") == ["cleo", "bob"]
    assert is_error(post("ada", unfollow="bob", follow=None), 400)
    assert follows(client, "ada") == ["cleo", "bob"]


@contract("A.3 GET /fllws/{name} 404")
@contract("A.3 POST /fllws/{name} 404 actor unknown")
@contract("A.6 Unknown actor is 404 even if the target is unknown too")
@pytest.mark.parametrize("body", [{"follow": "bob"}, {"follow": "nobody"}, {"unfollow": "x"}, {}])
def test_an_unknown_actor_is_not_found_whatever_is_asked(
    client: FlaskClient, post: Post, body: dict[str, str]
) -> None:
    assert is_error(post("nobody", **body), 404)
    assert is_error(client.get("/api/fllws/nobody", headers=testing.SIMULATOR), 404)


@contract("A.3 POST /fllws/{name} 404 target unknown")
@pytest.mark.parametrize(
    "name", ["nobody", "Bob", "", "..", "a/b", "a\x00b", "x" * 200, "\U0001f600"]
)
def test_an_unknown_target_is_not_found(post: Post, name: str) -> None:
    assert is_error(post("ada", follow=name), 404)
    assert is_error(post("ada", unfollow=name), 404)


@contract("A.3 POST /fllws/{name} 400 neither key")
@pytest.mark.parametrize("body", [{}, {"Follow": "bob"}, {"follow": 1}, {"unfollow": ["bob"]}])
def test_a_body_with_neither_key_is_a_bad_request(post: Post, body: dict[str, Any]) -> None:
    assert is_error(post("ada", **body), 400)


@contract("A.1 Every error is JSON, 400 for malformed JSON included")
@contract("A.1 Never 415, 422 or 500 for what a client sent")
@pytest.mark.parametrize(
    "body", [b"", b"{", b"follow=bob", b"[]", b'"bob"', b"null", b"\xff", b'{"follow": "\\ud800"}']
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", None])
def test_a_body_that_can_not_be_read_is_a_bad_request(
    client: FlaskClient, body: bytes, kind: str | None
) -> None:
    headers = testing.SIMULATOR
    assert is_error(
        client.post("/api/fllws/ada", data=body, headers=headers, content_type=kind), 400
    )


@contract("A.1 Accept the JSON body whatever its Content-Type")
@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "", None]
)
def test_the_content_type_does_not_matter(client: FlaskClient, kind: str | None) -> None:
    answer = client.post(
        "/api/fllws/ada", data=b'{"follow":"bob"}', headers=testing.SIMULATOR, content_type=kind
    )
    assert is_empty(answer)


@contract("A.1 Credentials: wrong or missing on a protected route is 403")
@contract("A.1 Protected: /fllws/{name}")
@contract("A.3 GET /fllws/{name} 403")
@contract("A.3 POST /fllws/{name} 403")
@pytest.mark.parametrize(
    "value", ["", "Basic", "Basic x", "Basic YTpi", "Bearer c2ltdWxhdG9yOnN1cGVyX3NhZmUh"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_wrong_credentials_are_forbidden(client: FlaskClient, method: str, value: str) -> None:
    headers = {"Authorization": value} if value else {}
    answer: Any = client.open("/api/fllws/ada", method=method, headers=headers)
    assert answer.status_code == 403
    assert answer.json == FORBIDDEN


@contract("A.1 403 is decided before 404 and before the body is parsed")
def test_forbidden_comes_before_not_found_and_before_the_body(client: FlaskClient) -> None:
    for name in ("ada", "nobody", "a%2Fb", "a%2Fb%2F", "a/b"):
        assert is_error(client.get(f"/api/fllws/{name}"), 403)
        assert is_error(client.post(f"/api/fllws/{name}", data=b"{"), 403)


@contract("A.1 Names are percent-encoded path segments: spaces and non-ASCII")
@pytest.mark.parametrize("name", ["name with space", "Søren Ærø", "李四", "50% & co?"])
def test_names_may_hold_spaces_and_any_letter(client: FlaskClient, post: Post, name: str) -> None:
    assert is_empty(post(name, follow="ada"))
    assert is_empty(post("ada", follow=name))
    assert follows(client, name) == ["ada"]
    assert follows(client, "ada") == [name]


@contract("A.1 Names are case-sensitive")
def test_names_are_case_sensitive(client: FlaskClient, post: Post) -> None:
    post("ADA", follow="bob")
    assert follows(client, "ada") == []
    assert is_error(post("Ada", follow="bob"), 404)


@contract("A.1 With and without a trailing slash: both answer, neither redirects")
def test_a_trailing_slash_changes_nothing(client: FlaskClient) -> None:
    headers = testing.SIMULATOR
    assert is_empty(client.post("/api/fllws/ada/", data=b'{"follow":"bob"}', headers=headers))
    answer: Any = client.get("/api/fllws/ada/", headers=headers)
    assert answer.json == {"follows": ["bob"]}


@contract("A.1 Every error is JSON, 404 and 405 included")
def test_routes_and_methods_that_do_not_exist_are_answered_in_json(client: FlaskClient) -> None:
    for path in ("/api/fllws", "/api/fllws/", "/api/fllws/a%2Fb", "/api/fllws/a/b", "/api/"):
        assert is_error(client.get(path, headers=testing.SIMULATOR), 404)
    for method in ("PUT", "DELETE", "PATCH"):
        for path in ("/api/fllws/ada", "/api/fllws/ada/"):
            assert is_error(client.open(path, method=method), 405)


@contract("A.1 Never 415, 422 or 500 for what a client sent")
@pytest.mark.parametrize(
    "name", ["%00", "a%00b", "a%2Fb", "%FF", "%F0%9F", "..", ".", "%25", "x" * 200]
)
def test_strange_names_are_just_unknown(client: FlaskClient, name: str) -> None:
    headers = testing.SIMULATOR
    assert is_error(client.get(f"/api/fllws/{name}", headers=headers), 404)
    answer = client.post(f"/api/fllws/{name}", data=b'{"follow":"bob"}', headers=headers)
    assert is_error(answer, 404)


@contract("A.3 GET /fllws/{name} ?no")
def test_no_says_how_many_at_most_newest_first(client: FlaskClient, post: Post) -> None:
    for name in ("bob", "cleo", "dan"):
        post("ada", follow=name)
    assert follows(client, "ada", "?no=2") == ["dan", "cleo"]
    assert follows(client, "ada", "?no=0") == follows(client, "ada", "?no=-1") == []
    for no in ("", "x", "1.5", "9" * 40, "1000"):
        assert follows(client, "ada", f"?no={no}") == ["dan", "cleo", "bob"]


@contract("A.2 Recorded first")
def test_latest_is_recorded_before_users_is_waited_for(
    app: Flask, post: Post, users: Flask
) -> None:
    known: list[int | None] = []
    users.before_request(lambda: known.append(latest(app.test_client())))
    post("ada", "?latest=42", follow="bob")
    assert known == [42, 42]


@contract("A.2 Recorded first")
@pytest.mark.parametrize("body", [None, {"follow": "bob"}, {"unfollow": "bob"}])
def test_latest_is_written_before_the_requested_statement(
    client: FlaskClient, post: Post, statements: list[testing.Sent], body: Any
) -> None:
    post("ada", follow="bob")  # both names are known from now on
    statements.clear()
    if body:
        post("ada", "?latest=42", **body)
    else:
        follows(client, "ada", "?latest=42")
    [sent] = statements
    assert sent.sql.index('"followers".latest') < sent.sql.index("followers.follows")


@contract("A.2 ?latest is accepted on every route")
@contract("A.2 Last write wins; it is no maximum")
@contract("A.2 0 is legal, -1 means absent")
@contract("A.2 Missing, empty or no integer: ignored, the request goes on")
def test_latest_is_what_was_sent_last(client: FlaskClient, post: Post) -> None:
    assert latest(client) is None
    for sent, kept in [("1337", 1337), ("1", 1), ("0", 0), ("7", 7), ("-1", 7), ("x", 7), ("", 7)]:
        assert is_empty(post("ada", f"?latest={sent}", follow="bob"))
        assert latest(client) == kept
    follows(client, "ada", "?latest=8")
    assert latest(client) == 8


@contract("A.2 Recorded first, before authorization and validation: also on 400, 403 and 404")
def test_latest_is_recorded_whatever_the_answer(client: FlaskClient, post: Post) -> None:
    assert is_error(client.post("/api/fllws/ada?latest=11"), 403)
    assert latest(client) == 11
    assert is_error(post("nobody", "?latest=12", follow="bob"), 404)
    assert latest(client) == 12
    assert is_error(post("ada", "?latest=13"), 400)
    assert latest(client) == 13


@contract("A.2 Recorded first")
@pytest.mark.usefixtures("users_stopped")
def test_latest_is_recorded_while_users_is_stopped(client: FlaskClient, post: Post) -> None:
    assert is_error(post("ada", "?latest=21", follow="bob"), 503)
    assert latest(client) == 21


@contract("A.5 no: default 100; over 1,000 is clamped")
def test_100_are_told_unless_more_are_asked_for(
    client: FlaskClient, post: Post, registered: dict[str, int]
) -> None:
    names = [f"person {number}" for number in range(101)]
    registered.update((name, 1_000 + number) for number, name in enumerate(names))
    for name in names:
        post("ada", follow=name)
    assert follows(client, "ada") == names[:0:-1]
    assert follows(client, "ada", "?no=1001") == names[::-1]
