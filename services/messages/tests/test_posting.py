"""Post a message, and take one's own back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import orjson
import pytest
import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient

from chassis import testing
from chassis.errors import TryLater
from messages import posting
from messages.models import db
from tests.system import eventually

Token = Callable[[str], dict[str, str]]
Posted = Callable[..., int]
LONGEST = 10_000


def texts(client: FlaskClient) -> list[str]:
    return [item["text"] for item in client.get("/v1/messages").get_json()["items"]]


def test_resending_a_message_while_it_is_deleted_gets_try_later() -> None:
    """Neither a new message, nor the one from before any more."""
    with pytest.raises(TryLater):
        posting.post_once(lambda *_: [], 1, "ada", "Hello", KEY)


def test_a_message_is_stored_and_told_with_its_author_and_time(
    client: FlaskClient, token: Token
) -> None:
    before = datetime.now(UTC)
    answer = client.post("/v1/messages", json={"text": "Hello"}, headers=token("ada"))
    message = answer.get_json()
    assert answer.status_code == 201
    assert message["author"] == {"id": 1, "name": "ada"}
    assert message["text"] == "Hello"
    published = datetime.fromisoformat(message["published_at"])
    assert message["published_at"].endswith("Z")
    assert before <= published <= datetime.now(UTC)
    assert client.get("/v1/messages").get_json()["items"] == [message]


@pytest.mark.parametrize(
    "text", ["  spaces  ", "<b>&amp;</b>", "line\nline", "💡 Ærø 李四 \u202e\x1b[0m", "'; --", " "]
)
def test_a_text_is_kept_as_it_was_sent(client: FlaskClient, token: Token, text: str) -> None:
    client.post("/v1/messages", json={"text": text}, headers=token("ada"))
    assert texts(client) == [text]


@pytest.mark.parametrize("letter", ["a", "ø", "💡"])
def test_the_longest_text_is_stored_whole_however_it_is_written(
    client: FlaskClient, token: Token, letter: str
) -> None:
    text = letter * LONGEST
    for body in (orjson.dumps({"text": text}), b'{"text":"%s"}' % escaped(text)):
        assert client.post("/v1/messages", data=body, headers=token("ada")).status_code == 201
    assert texts(client) == [text, text]


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"text": ""}, "empty-text"),
        ({}, "empty-text"),
        ({"text": 5}, "empty-text"),
        ({"text": None}, "empty-text"),
        ({"text": "a" * (LONGEST + 1)}, "text-too-long"),
        ({"text": "💡" * (LONGEST + 1)}, "text-too-long"),
        ({"text": "a\0b"}, "bad-request"),
        ([], "bad-request"),
    ],
)
def test_a_text_that_can_not_be_taken_is_400(
    client: FlaskClient, token: Token, body: object, slug: str
) -> None:
    answer = client.post("/v1/messages", json=body, headers=token("ada"))
    assert (answer.status_code, answer.get_json()["slug"]) == (400, slug)
    assert texts(client) == []


KEY, OTHER = "0b8c7a52-3c1e-4f6b-9d2a-5e7f10c4d8b9", "0b8c7a52-3c1e-4f6b-9d2a-5e7f10c4d8ba"


def test_what_is_sent_again_with_its_key_is_posted_once(client: FlaskClient, token: Token) -> None:
    """For whoever got no answer, or pressed a button twice."""
    body = {"text": "Hello", "idempotency_key": KEY}
    first, again = (client.post("/v1/messages", json=body, headers=token("ada")) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert texts(client) == ["Hello"]


def test_a_key_is_of_one_author_and_one_post(client: FlaskClient, token: Token) -> None:
    for name, key in (("ada", KEY), ("bob", KEY), ("ada", OTHER), ("ada", None), ("ada", None)):
        body = {"text": f"{name} {key}", "idempotency_key": key}
        assert client.post("/v1/messages", json=body, headers=token(name)).status_code == 201
    assert len(texts(client)) == 5


def test_what_was_taken_back_can_be_posted_again(client: FlaskClient, token: Token) -> None:
    body = {"text": "Hello", "idempotency_key": KEY}
    message = client.post("/v1/messages", json=body, headers=token("ada")).get_json()
    client.delete(f"/v1/messages/{message['id']}", headers=token("ada"))
    client.post("/v1/messages", json=body, headers=token("ada"))
    assert texts(client) == ["Hello"]


@pytest.mark.parametrize("key", ["", "key", KEY.upper(), f"{KEY} ", 7, [KEY], "{" + KEY + "}"])
def test_a_key_that_is_no_uuid_is_400(client: FlaskClient, token: Token, key: object) -> None:
    body = {"text": "Hello", "idempotency_key": key}
    answer = client.post("/v1/messages", json=body, headers=token("ada"))
    assert (answer.status_code, answer.get_json()["slug"]) == (400, "bad-request")
    assert texts(client) == []


def test_the_second_of_two_concurrent_posts_with_one_key_waits(
    app: Flask, client: FlaskClient, token: Token
) -> None:
    """Its own insert finds the other's row only when that is committed."""
    body = {"text": "Hello", "idempotency_key": KEY}
    with app.app_context(), db.engine.connect() as first, ThreadPoolExecutor() as pool:
        first.execute(
            sqlalchemy.text(
                "INSERT INTO messages.messages (author_id, author_name, text, idempotency_key)"
                f" VALUES (1, 'ada', 'Hello', '{KEY}')"
            )
        )
        second = pool.submit(client.post, "/v1/messages", json=body, headers=token("ada"))
        eventually(lambda: testing.waiting(first))
        first.commit()
        assert second.result().status_code == 201
    assert texts(client) == ["Hello"]


def test_posting_needs_a_token(client: FlaskClient) -> None:
    answer = client.post("/v1/messages", json={"text": "Hello"})
    assert (answer.status_code, answer.get_json()["slug"]) == (401, "unauthorized")


def test_posting_asks_nobody_who_the_author_is(
    client: FlaskClient, token: Token, users_stopped: None
) -> None:
    answer = client.post("/v1/messages", json={"text": "Hello"}, headers=token("ada"))
    assert answer.status_code == 201


@pytest.mark.parametrize("flagged", [False, True])
def test_one_can_delete_ones_own_message(
    client: FlaskClient, token: Token, posted: Posted, flagged: bool
) -> None:
    message = posted("ada", flagged=flagged)
    assert client.delete(f"/v1/messages/{message}", headers=token("ada")).status_code == 204
    again = client.delete(f"/v1/messages/{message}", headers=token("ada"))
    assert (again.status_code, again.get_json()["slug"]) == (404, "message-not-found")
    assert texts(client) == []


def test_somebody_elses_message_stays(client: FlaskClient, token: Token, posted: Posted) -> None:
    answer = client.delete(f"/v1/messages/{posted('bob', 'stays')}", headers=token("ada"))
    assert (answer.status_code, answer.get_json()["slug"]) == (403, "not-yours")
    assert texts(client) == ["stays"]


def test_somebody_elses_hidden_message_does_not_exist(
    client: FlaskClient, token: Token, posted: Posted
) -> None:
    path = f"/v1/messages/{posted('bob', flagged=True)}"
    assert client.delete(path, headers=token("ada")).status_code == 404
    assert client.delete(path, headers=token("bob")).status_code == 204


@pytest.mark.parametrize("message", ["0", "999", "9223372036854775808", "x", "-1"])
def test_what_does_not_exist_can_not_be_deleted(
    client: FlaskClient, token: Token, message: str
) -> None:
    assert client.delete(f"/v1/messages/{message}", headers=token("ada")).status_code == 404


def test_deleting_needs_a_token(client: FlaskClient, posted: Posted) -> None:
    assert client.delete(f"/v1/messages/{posted('ada')}").status_code == 401


def escaped(text: str) -> bytes:
    """JSON's longest way to write a text: every half of a letter as \\uXXXX."""
    units = text.encode("utf-16-be")
    return b"".join(b"\\u%02x%02x" % pair for pair in zip(units[::2], units[1::2], strict=True))
