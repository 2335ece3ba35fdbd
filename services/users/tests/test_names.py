"""Which names can be had, and that each of them works everywhere."""

from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chassis import testing
from users import names
from users.errors import InvalidUsername
from users.models import db

contract = pytest.mark.contract


def complaint(name: str) -> str | None:
    """Why nobody may be called so; None if somebody may."""
    try:
        names.check(name)
    except InvalidUsername as error:
        return error.detail
    return None


PLAIN = [
    "Roger Histand",
    "ada",
    "ADA",
    "Login",
    "login2",
    "李四",
    "Søren Ærø",
    "O'Brien",
    "x" * 100,
]
ODD = [
    "O'Brien",
    "50% & co?",
    "a#b;c",
    "...",
    " ada ",
    '"q"',
    "<b>",
    "a\\b",
    "عل\u200cی",
    "👩\u200d🚀",
]
CONTROLS = ["a\0", "a\nb", "a\x7f", "a\x85b"]


@pytest.mark.parametrize("name", [*PLAIN, *ODD])
def test_names_that_people_have(name: str) -> None:
    assert complaint(name) is None


@contract("A.4 A name that cannot be a path segment")
@pytest.mark.parametrize("name", ["a/b", "/", "ada/follow"])
def test_a_slash_is_refused(name: str) -> None:
    assert complaint(name) == "A username can't contain a slash"


@contract("A.4 A name that cannot be a path segment or that shadows a page")
@pytest.mark.parametrize("name", sorted(names.RESERVED))
def test_names_of_pages_are_refused(name: str) -> None:
    assert complaint(name) == "This username is reserved"


@contract("A.4 has control characters")
@pytest.mark.parametrize("name", CONTROLS)
def test_control_characters_are_refused(name: str) -> None:
    assert complaint(name) == "A username can't contain control characters"


@contract("A.4 is longer than 100 characters")
@pytest.mark.parametrize("letter", ["x", "李", "👩"])
def test_a_hundred_characters_are_enough(letter: str) -> None:
    assert complaint(letter * 100) is None
    assert complaint(letter * 101) == "A username can have at most 100 characters"


def test_a_refused_name_is_a_bad_request_on_both_routes(client: FlaskClient) -> None:
    body = {"username": "login", "email": "a@b", "password": "x", "pwd": "x"}
    v1: Any = client.post("/v1/users", json=body)
    assert (v1.status_code, v1.json["slug"]) == (400, "invalid-username")
    simulator: Any = client.post("/api/register", json=body)
    assert simulator.status_code == 400
    assert simulator.json == {"status": 400, "error_msg": "This username is reserved"}


@given(st.text())
def test_whatever_is_typed_is_a_name_or_gets_a_reason(name: str) -> None:
    reason = complaint(name)
    assert reason is None or reason.startswith(("You", "A username", "This username"))


@given(st.text(min_size=1, max_size=100))
@example("%2e%2e")
@example("a?b=c")
@example("+")
@settings(deadline=None, max_examples=30, derandomize=True)
def test_every_name_that_can_be_had_is_found_and_logs_in(app: Flask, name: str) -> None:
    if complaint(name) is not None:
        return
    client = app.test_client()
    with app.app_context():
        testing.empty(db)
    made: Any = client.post("/v1/users", json={"username": name, "email": "@", "password": "x"})
    assert made.json == {"id": made.json["id"], "name": name}
    assert client.get(f"/v1/users/by-name/{quote(name, safe='')}").json == made.json
    login: Any = client.post("/v1/sessions", json={"username": name, "password": "x"})
    assert (login.status_code, login.json["name"]) == (201, name)
