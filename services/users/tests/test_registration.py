"""Registering at /v1/users: the checks in their order, and what becomes of races."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis.app import LARGEST_BODY
from tests.system import PATIENCE
from users import hashing, registration
from users.errors import UsernameTaken
from users.hashing import Hasher
from users.models import Account, db, run
from users.registration import NewAccount

contract = pytest.mark.contract


def register(client: FlaskClient, **changes: Any) -> Any:
    body = {"username": "ada", "email": "ada@example.org", "password": "]=)[X{Km{z"}
    return client.post("/v1/users", json=body | changes)


def is_problem(answer: Any, status: int, slug: str, detail: str) -> bool:
    body = answer.json
    assert answer.mimetype == "application/problem+json"
    return (answer.status_code, body["slug"], body["detail"]) == (status, slug, detail)


def test_an_account_has_an_id_and_the_name_as_typed(client: FlaskClient) -> None:
    answer = register(client, username="Søren Ærø")
    assert answer.status_code == 201
    assert answer.json == {"id": answer.json["id"], "name": "Søren Ærø"}
    assert isinstance(answer.json["id"], int)


@contract("A.4 1. You have to enter a username")
@pytest.mark.parametrize("username", ["", "   ", "\u00a0\u3000", None, 7])
def test_a_username_is_needed_first_of_all(client: FlaskClient, username: Any) -> None:
    answer = register(client, username=username, email="", password="")
    assert is_problem(answer, 400, "invalid-username", "You have to enter a username")


@contract("A.4 2. You have to enter a valid email address")
@pytest.mark.parametrize("email", ["", "nobody", "a\0@b", None, ["a@b"]])
def test_an_email_address_is_needed_next(client: FlaskClient, email: Any) -> None:
    answer = register(client, email=email, password="")
    assert is_problem(answer, 400, "invalid-email", "You have to enter a valid email address")


@contract("A.4 an `@` is all that is asked")
@pytest.mark.parametrize("email", ["@", "a b@c d", "ø@ü", "a@b\n", "\x1b@\x7f", "x" * 999 + "@"])
def test_an_at_sign_makes_an_email_address(client: FlaskClient, email: str) -> None:
    assert register(client, email=email).status_code == 201


@contract("A.4 3. You have to enter a password")
@pytest.mark.parametrize("password", ["", None, 0])
def test_a_password_is_needed_then(client: FlaskClient, password: Any) -> None:
    register(client)
    answer = register(client, password=password)
    assert is_problem(answer, 400, "invalid-password", "You have to enter a password")


@contract("A.4 4. The username is already taken")
def test_a_taken_username_is_refused_at_last(client: FlaskClient) -> None:
    register(client)
    answer = register(client, email="other@example.org", password="other")
    assert is_problem(answer, 409, "username-taken", "The username is already taken")


@contract("A.4 E-mails are not unique")
def test_two_accounts_may_share_an_email_address(client: FlaskClient) -> None:
    assert register(client, username="ada").status_code == 201
    assert register(client, username="bob").status_code == 201


@contract("A.4 A missing key counts as empty")
def test_a_missing_key_counts_as_empty(client: FlaskClient) -> None:
    assert client.post("/v1/users", json={}).json["slug"] == "invalid-username"
    body = {"username": "ada"}
    assert client.post("/v1/users", json=body).json["slug"] == "invalid-email"
    body["email"] = "a@b"
    assert client.post("/v1/users", json=body).json["slug"] == "invalid-password"


@contract("A.4 Passwords: any non-empty string")
@pytest.mark.parametrize("password", [" ", "]=)[X{Km{z", "密码🔑", "a\0b", "x" * 100_000])
def test_any_password_registers_and_logs_in(visitor: Any, password: str) -> None:
    ada = visitor(password=password)
    assert ada.register().status_code == 201
    assert ada.try_to_log_in().status_code == 201


def test_no_email_is_endless(client: FlaskClient) -> None:
    detail = "An email address can have at most 1,000 characters"
    assert is_problem(register(client, email="@" * 1001), 400, "invalid-email", detail)


@contract("B Minimum password length on the web form is a setting: 1 by default")
def test_an_operator_may_ask_for_longer_passwords(make_client: Any) -> None:
    client = make_client(password_min_length=8)
    answer = register(client, password="1234567")
    detail = "Your password needs at least 8 characters"
    assert is_problem(answer, 400, "invalid-password", detail)
    assert register(client, password="12345678").status_code == 201


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"ada"', b"null", b"\xff", b'{"a": NaN}'])
def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient, body: bytes) -> None:
    answer: Any = client.post("/v1/users", data=body)
    assert (answer.status_code, answer.json["slug"]) == (400, "bad-request")


def test_a_body_is_not_endless(client: FlaskClient) -> None:
    answer: Any = client.post("/v1/users", data=b" " * (LARGEST_BODY + 1))
    assert (answer.status_code, answer.json["slug"]) == (413, "request-entity-too-large")


def test_of_many_at_once_one_gets_the_name(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "PATIENCE_SECONDS", PATIENCE)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: register(app.test_client()).status_code, range(4)))
    assert sorted(answers) == [201, 409, 409, 409]


def test_a_name_taken_while_the_password_was_hashed_is_refused(app: Flask, session: Any) -> None:
    class Slow(Hasher):
        def hash(self, password: str) -> str:
            register(app.test_client())
            return super().hash(password)

    with pytest.raises(UsernameTaken):
        registration.register(run, Slow(1, checks=1), NewAccount("ada", "a@b", "mine"))
    assert session.query(Account).one().email == "ada@example.org"


def test_a_taken_name_costs_no_hash(session: Any, ada: Any) -> None:
    none = Hasher(1, checks=1)
    none.hash = lambda password: pytest.fail("hashed")  # type: ignore[method-assign]
    with pytest.raises(UsernameTaken):
        registration.register(run, none, NewAccount(ada.name, "a@b", "mine"))


def test_passwords_are_kept_as_argon2id_with_the_recommended_parameters(
    app: Flask, ada: Any
) -> None:
    with app.app_context():
        kept = db.session.query(Account).one().password_hash
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
