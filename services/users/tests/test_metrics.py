"""What operators see of accounts: hashing, failed logins, how many there are."""

from typing import Any

from flask.testing import FlaskClient

from chassis.testing import growth, series


def test_hashes_and_the_wait_for_them_are_timed(client: FlaskClient, visitor: Any) -> None:
    before = series(client)
    visitor("ada").register()
    visitor("ada").log_in()
    grown = growth(client, before)
    assert grown["minitwit_password_hash_seconds_count"] == 2
    assert grown["minitwit_password_hash_wait_seconds_count"] == 2
    assert grown["minitwit_password_hash_seconds_sum"] > 0


def test_wrong_guesses_are_counted_by_reason(client: FlaskClient, ada: Any, visitor: Any) -> None:
    before = series(client)
    visitor("nobody").try_to_log_in()
    visitor("ada", "another").try_to_log_in()
    access, body = ada.access(ada.log_in()), {"current_password": "x", "new_password": "y"}
    client.post("/v1/password", headers=access, json=body)
    grown = growth(client, before)
    assert grown['minitwit_login_failures_total{reason="unknown-username"}'] == 1
    assert grown['minitwit_login_failures_total{reason="wrong-password"}'] == 1
    assert grown['minitwit_login_failures_total{reason="wrong-current-password"}'] == 1


def test_registrations_of_the_simulator_are_told_from_peoples(client: FlaskClient) -> None:
    before = series(client)
    body = {"username": "ada", "email": "a@b", "password": "x", "pwd": "x"}
    for path in ("/v1/users", "/api/register", "/api/register?latest=3"):
        client.post(path, json={**body, "username": f"ada{path}".replace("/", "-")})
    client.post("/api/register", json={})
    grown = growth(client, before)
    assert grown['minitwit_simulator_answers_total{action="register",kind="ok"}'] == 2
    assert grown['minitwit_simulator_answers_total{action="register",kind="bad-request"}'] == 1
    assert series(client)["minitwit_simulator_latest"] == 3


def test_sessions_are_active_until_they_end(client: FlaskClient, ada: Any) -> None:
    first, _ = ada.log_in(), ada.log_in()
    assert series(client)["minitwit_sessions_active"] == 2
    client.delete("/v1/sessions/current", headers=ada.access(first))
    told = series(client)
    assert told["minitwit_sessions_active"] == 1
    assert "minitwit_accounts" in told
