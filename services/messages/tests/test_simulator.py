"""The simulator's routes, as its contract tells them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis.testing import SIMULATOR, is_error
from messages.models import Message, db

Posted = Callable[..., int]
ODD_NAMES = ["name with space", "Søren Ærø", "李四", "50% & co?"]
HOSTILE_NAMES = [
    "..",
    ".",
    "%00",
    "a%00b",
    "%0a",
    "%ff%fe",
    "a%2fb",
    "%2e%2e",
    "a" * 3000,
    "%C3%28",
]


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(path, headers=SIMULATOR)
    assert answer.status_code == 200
    return answer.get_json()


def contents(client: FlaskClient, path: str) -> list[str]:
    return [message["content"] for message in get(client, path)]


@pytest.mark.contract("A.1 Credentials simulator / super_safe! by default")
@pytest.mark.contract("A.1 Answers of 204 have an empty body")
@pytest.mark.contract("A.3 POST /msgs/{name} 204")
def test_posting_stores_the_message_and_answers_with_nothing(client: FlaskClient) -> None:
    answer = client.post("/api/msgs/ada", json={"content": "Hello"}, headers=SIMULATOR)
    assert (answer.status_code, answer.data) == (204, b"")
    assert contents(client, "/api/msgs/ada") == ["Hello"]


@pytest.mark.contract("A.5 Exactly the keys content, pub_date, user")
@pytest.mark.parametrize("path", ["/api/msgs", "/api/msgs/ada"])
def test_a_message_has_three_keys(client: FlaskClient, posted: Posted, path: str) -> None:
    moment = datetime(2019, 12, 1, 12, 0, 0, 999_999, tzinfo=UTC)
    posted("ada", "<b>&amp; 💡", published_at=moment)
    assert get(client, path) == [
        {"content": "<b>&amp; 💡", "pub_date": "2019-12-01 12:00:00", "user": "ada"}
    ]


@pytest.mark.contract("A.5 pub_date is a string in UTC")
def test_the_time_is_told_in_utc(client: FlaskClient) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    client.post("/api/msgs/ada", json={"content": "now"}, headers=SIMULATOR)
    [message] = get(client, "/api/msgs")
    told = datetime.strptime(message["pub_date"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert before <= told <= datetime.now(UTC)


@pytest.mark.contract("A.3 GET /msgs 200 list of messages")
@pytest.mark.contract("A.5 Newest first; equal times by id, descending")
def test_messages_of_everybody_are_newest_first(client: FlaskClient, posted: Posted) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    for number, name in enumerate(["ada", "bob", "ada"]):
        posted(name, str(number), published_at=moment)
    assert contents(client, "/api/msgs") == ["2", "1", "0"]
    assert contents(client, "/api/msgs/ada") == ["2", "0"]


@pytest.mark.contract("A.3 GET /msgs/{name} [] if none")
def test_someone_silent_has_an_empty_list(client: FlaskClient) -> None:
    assert get(client, "/api/msgs/bob") == []


@pytest.mark.contract("A.5 Flagged messages are hidden everywhere")
def test_hidden_messages_are_not_listed(client: FlaskClient, posted: Posted) -> None:
    posted("ada", "shown")
    posted("ada", "hidden", flagged=True)
    assert contents(client, "/api/msgs") == contents(client, "/api/msgs/ada") == ["shown"]


@pytest.mark.contract("A.5 no: default 100")
@pytest.mark.contract("A.5 no: no integer: default")
@pytest.mark.contract("A.5 no: 0 gives []")
@pytest.mark.contract("A.5 no: negative or over 1,000 is clamped")
@pytest.mark.parametrize("path", ["/api/msgs", "/api/msgs/ada"])
def test_no_says_how_many(client: FlaskClient, app: Flask, posted: Posted, path: str) -> None:
    many(app, 1_001)
    counts = {"": 100, "x": 100, "1.5": 100, "0": 0, "-5": 0, "7": 7, "1000": 1000, "1001": 1000}
    counts["9" * 30] = 1000
    assert {no: len(get(client, f"{path}?no={no}")) for no in counts} == counts
    assert len(get(client, path)) == 100


@pytest.mark.contract("A.3 GET /msgs/{name} 404")
@pytest.mark.contract("A.3 POST /msgs/{name} 404 unknown name")
@pytest.mark.parametrize("name", ["nobody", "a%2Fb", "ada/bob"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_name_is_404(client: FlaskClient, method: str, name: str) -> None:
    path, body = f"/api/msgs/{name}", {"content": "x"}
    answer = client.open(path, method=method, json=body, headers=SIMULATOR)
    assert answer.status_code == 404
    assert answer.get_json() == {"status": 404, "error_msg": "There is no user of that name."}


@pytest.mark.contract("A.3 POST /msgs/{name} 400 bad body or empty text")
@pytest.mark.contract("A.5 Texts up to 10,000 characters here, longer is 400")
@pytest.mark.contract("A.5 NUL bytes are refused")
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", b"{}", b'{"content":""}', b'{"content":5}',
     b'{"content":"\\u0000"}', b'{"content":"\\ud800"}', b'{"content":"%s"}' % (b"a" * 10_001)],
)  # fmt: skip
def test_a_body_that_can_not_be_taken_is_400(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/msgs/ada", data=body, headers=SIMULATOR)
    assert is_error(answer, 400)
    assert get(client, "/api/msgs") == []


@pytest.mark.contract("A.5 Texts up to 10,000 characters here")
def test_the_longest_text_is_stored_whole(client: FlaskClient) -> None:
    text = "💡" * 10_000
    answer = client.post("/api/msgs/ada", json={"content": text}, headers=SIMULATOR)
    assert answer.status_code == 204
    assert contents(client, "/api/msgs") == [text]


@pytest.mark.contract("A.1 Accept the JSON body whatever its Content-Type")
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_the_content_type_does_not_matter(client: FlaskClient, kind: str) -> None:
    headers = {**SIMULATOR, "Content-Type": kind}
    answer = client.post("/api/msgs/ada", data=b'{"content":"Hello"}', headers=headers)
    assert answer.status_code == 204


@pytest.mark.contract("A.1 Names are percent-encoded path segments; case-sensitive")
@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_of_any_letters_work(client: FlaskClient, name: str) -> None:
    path = f"/api/msgs/{quote(name, safe='')}"
    assert client.post(path, json={"content": "x"}, headers=SIMULATOR).status_code == 204
    assert [message["user"] for message in get(client, path)] == [name]


@pytest.mark.contract("A.1 case-sensitive")
def test_names_are_case_sensitive(client: FlaskClient, posted: Posted) -> None:
    posted("ada", "small")
    posted("ADA", "large")
    assert contents(client, "/api/msgs/ADA") == ["large"]


@pytest.mark.contract("A.1 never 415, 422 or 500 for what a client sent")
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_nobody_can_have_is_404(client: FlaskClient, name: str) -> None:
    assert is_error(client.get(f"/api/msgs/{name}", headers=SIMULATOR), 404)


@pytest.mark.contract("A.1 With and without a trailing slash: both answer, neither redirects")
def test_a_trailing_slash_makes_no_difference(client: FlaskClient, posted: Posted) -> None:
    posted("ada", "Hello")
    for path in ("/api/msgs/", "/api/msgs/ada/"):
        assert contents(client, path) == ["Hello"]
    answer = client.post("/api/msgs/ada/", json={"content": "x"}, headers=SIMULATOR)
    assert answer.status_code == 204


@pytest.mark.contract("A.1 Every error is JSON, 404, 405 and 400 included")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/api/msgs", 405), ("PUT", "/api/msgs/ada", 405), ("PUT", "/api/msgs/ada/", 405),
     ("DELETE", "/api/msgs/ada", 405),
     ("GET", "/api/nothing", 404), ("GET", "/api/msgs/ada/bob", 404)],
)  # fmt: skip
def test_what_is_not_there_is_said_in_json(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    assert is_error(client.open(path, method=method, headers=SIMULATOR), status)


def many(app: Flask, count: int) -> None:
    """Messages of ada, all at once."""
    rows = [{"author_id": 1, "author_name": "ada", "text": str(n)} for n in range(count)]
    with app.app_context():
        db.session.execute(db.insert(Message), rows)
        db.session.commit()
