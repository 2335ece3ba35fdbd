"""What is logged, and what never is."""

import logging
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis.logs import EcsFormatter

PASSWORD, EMAIL, TYPED = "canary-password", "canary@mail", "canary-typed-into-the-wrong-field"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """Every line that was written so far, as it goes to stdout."""
    caplog.set_level(logging.DEBUG)
    formatter = EcsFormatter("users", "1", "test")
    return lambda: [orjson.loads(formatter.format(record)) for record in caplog.records]


def events(lines: list[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    return [line for line in lines if line.get("event.action") == action]


def test_a_failed_login_is_an_event_without_what_was_typed(
    client: FlaskClient, ada: Any, lines: Any
) -> None:
    user_id = ada.try_to_log_in().json["id"]
    client.post("/v1/sessions", json={"username": TYPED, "password": PASSWORD})
    client.post("/v1/sessions", json={"username": "ada", "password": PASSWORD})
    unknown, wrong = events(lines(), "login-failed")
    assert (unknown["event.outcome"], unknown["event.reason"]) == ("failure", "unknown-username")
    assert (wrong["event.outcome"], wrong["event.reason"]) == ("failure", "wrong-password")
    assert "user.id" not in unknown
    assert wrong["user.id"] == str(user_id)
    assert "canary" not in str(unknown) + str(wrong)
    assert "ada" not in str(wrong)


def test_requests_are_logged_with_the_users_id_where_it_is_known(
    client: FlaskClient, ada: Any, lines: Any
) -> None:
    user_id = client.get("/v1/users/by-name/ada").json["id"]  # type: ignore[index]
    client.delete("/v1/sessions/current", headers=ada.access(ada.log_in()))
    known = {
        line["minitwit.route"]: line["user.id"]
        for line in lines()
        if line.get("event.dataset") == "users.access" and "user.id" in line
    }
    routes = {"/v1/sessions", "/v1/access-tokens", "/v1/sessions/current"}
    assert known == dict.fromkeys(routes, str(user_id))


def test_no_password_token_or_email_is_ever_written(
    app: Flask, client: FlaskClient, lines: Any
) -> None:
    account = {"username": "ada", "email": EMAIL, "password": PASSWORD, "pwd": PASSWORD}
    for path in ("/v1/users", "/v1/users", "/api/register?latest=1"):
        client.post(path, json=account)
    client.post("/v1/users", data=f'{{"password": "{PASSWORD}"')
    login: Any = client.post("/v1/sessions", json=account)
    token = login.json["session_token"]
    trade: Any = client.post("/v1/access-tokens", headers={"Authorization": f"Bearer {token}"})
    access = trade.json["access_token"]
    change = {"current_password": PASSWORD, "new_password": PASSWORD + "2"}
    headers = {"Authorization": f"Bearer {access}"}
    assert client.post("/v1/password", headers=headers, json=change).status_code == 204
    client.delete("/v1/sessions", headers=headers)
    client.delete("/v1/sessions", headers=headers)
    written = str(lines())
    assert "/v1/password" in written
    assert not [word for word in ("canary", token, access, "argon2id") if word in written]


def test_nothing_secret_is_logged_without_a_database_either(make_client: Any, lines: Any) -> None:
    client = make_client(database_url="postgresql+psycopg2://users_service:canary@127.0.0.1:1/x")
    account = {"username": "ada", "email": EMAIL, "password": PASSWORD, "pwd": PASSWORD}
    for path, body in (("/v1/users", account), ("/api/register?latest=1", account)):
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert client.get("/readyz").status_code == 503
    assert client.get("/version").json["schema_version"] is None
    assert "canary" not in str(lines())
