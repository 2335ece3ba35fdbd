"""The simulator's register and `latest`, as the contract has them."""

from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis.app import LARGEST_BODY
from chassis.testing import is_error, latest, recorded
from users.models import db

contract = pytest.mark.contract


def register(client: FlaskClient, query: str = "", **changes: Any) -> Any:
    """As the simulator sends it: JSON whatever the Content-Type, a connection each."""
    body = {"username": "Roger Histand", "email": "Roger+Histand@hotmail.com", "pwd": "]=)[X{Km{z"}
    return client.post(
        f"/api/register{query}",
        data=orjson.dumps(body | changes),
        headers={"Connection": "close", "Content-Type": "application/json"},
    )


def is_refused(answer: Any, message: str) -> bool:
    return is_error(answer, 400) and answer.json["error_msg"] == message


@contract("A.3 POST /register: 204")
@contract("A.1 Answers of 204 have an empty body")
def test_registering_is_answered_with_204_and_nothing(client: FlaskClient) -> None:
    answer = register(client)
    assert (answer.status_code, answer.data) == (204, b"")


@contract("A.4 the same password must log the user in on the web")
def test_who_registered_here_logs_in_on_the_web(client: FlaskClient) -> None:
    register(client)
    body = {"username": "Roger Histand", "password": "]=)[X{Km{z"}
    assert client.post("/v1/sessions", json=body).status_code == 201


@contract("A.1 Protected: `/msgs`, `/msgs/{name}`, `/fllws/{name}`. Not protected: `/register`")
def test_no_credentials_are_asked_for(client: FlaskClient) -> None:
    wrong = {"Authorization": "Basic bm9ib2R5Om5vdGhpbmc="}
    body = {"username": "ada", "email": "@", "pwd": "x"}
    assert client.post("/api/register", json=body, headers=wrong).status_code == 204


@contract("A.3 POST /register: 400")
@contract("A.4 Register: the first failing check answers")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"username": "", "email": "", "pwd": ""}, "You have to enter a username"),
        ({"email": "nobody", "pwd": ""}, "You have to enter a valid email address"),
        ({"pwd": ""}, "You have to enter a password"),
        ({"email": "", "pwd": "x"}, "You have to enter a valid email address"),
        ({}, "The username is already taken"),
    ],
)
def test_the_first_failing_check_answers(
    client: FlaskClient, changes: dict[str, str], message: str
) -> None:
    register(client)
    assert is_refused(register(client, **changes), message)


@contract("A.4 A missing key counts as empty")
def test_a_missing_key_counts_as_empty(client: FlaskClient) -> None:
    answer = client.post("/api/register", json={"email": "a@b", "pwd": "x"})
    assert is_refused(answer, "You have to enter a username")


@contract("B Minimum password length on the web form is a setting")
def test_the_longer_passwords_of_the_web_are_not_asked_for_here(make_client: Any) -> None:
    assert register(make_client(password_min_length=8), pwd="x").status_code == 204


@contract("A.1 Accept the JSON body whatever its Content-Type")
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_the_body_is_json_whatever_its_type_says(client: FlaskClient, kind: str) -> None:
    body = orjson.dumps({"username": "ada", "email": "@", "pwd": "x"})
    answer = client.post("/api/register", data=body, headers={"Content-Type": kind})
    assert answer.status_code == 204


@contract("A.1 Every error is JSON, 404, 405 and 400 for malformed JSON included")
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/register", b"{", 400),
        ("POST", "/api/register", b"", 400),
        ("POST", "/api/register", b"[1]", 400),
        ("POST", "/api/register", b"\xff\xfe", 400),
        ("POST", "/api/register", b'{"username": "\\ud800"}', 400),
        ("POST", "/api/register", b" " * (LARGEST_BODY + 1), 413),
        ("GET", "/api/register", b"", 405),
        ("DELETE", "/api/register", b"", 405),
        ("GET", "/api/nothing", b"", 404),
        ("POST", "/api/register/more", b"", 404),
    ],
)
def test_every_error_is_json(
    client: FlaskClient, method: str, path: str, body: bytes, status: int
) -> None:
    assert is_error(client.open(path, method=method, data=body), status)


@contract("A.1 With and without a trailing slash: both answer, neither redirects")
def test_a_trailing_slash_changes_nothing(client: FlaskClient) -> None:
    body = {"username": "ada", "email": "@", "pwd": "x"}
    assert client.post("/api/register/", json=body).status_code == 204
    assert is_refused(client.post("/api/register", json=body), "The username is already taken")


@contract("A.2 `?latest=<int>` is accepted on every route")
@contract("A.2 Last write wins; it is no maximum. 0 is legal, -1 means absent")
def test_the_last_latest_wins(client: FlaskClient) -> None:
    assert latest(client) is None
    for sent, expected in ((1337, 1337), (1, 1), (0, 0), (-1, 0), (7, 7)):
        register(client, f"?latest={sent}", username=f"user {sent}")
        assert latest(client) == expected


@contract("A.2 Recorded first")
def test_latest_is_written_before_the_requested_statement(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), recorded(db) as statements:
        register(client, "?latest=42")
    first, _ = statements
    assert first.sql.index('"users".latest') < first.sql.index("users.accounts")


@contract("A.2 Missing, empty or no integer: ignored, the request goes on")
@pytest.mark.parametrize(
    "query", ["", "?latest=", "?latest=abc", "?latest=1.5", "?latest=" + "9" * 40]
)
def test_a_latest_that_is_no_integer_is_ignored(client: FlaskClient, query: str) -> None:
    register(client, "?latest=5")
    assert register(client, query, username="ada").status_code == 204
    assert latest(client) == 5


@contract("A.2 Recorded first, before authorization and validation: it changes also on 400, 404")
def test_latest_is_recorded_whatever_the_answer(client: FlaskClient) -> None:
    assert register(client, "?latest=1", username="").status_code == 400
    assert latest(client) == 1
    assert client.post("/api/register?latest=2", data=b"{").status_code == 400
    assert latest(client) == 2
    assert client.get("/api/nothing?latest=3").status_code == 404
    assert latest(client) == 3
    assert client.get("/api/register?latest=4").status_code == 405
    assert latest(client) == 4


def test_latest_is_the_simulators_alone(client: FlaskClient) -> None:
    client.post("/v1/users?latest=9", json={"username": "ada", "email": "@", "password": "x"})
    assert latest(client) is None
