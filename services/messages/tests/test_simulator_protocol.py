"""What all of the simulator's routes have in common: credentials, `latest`, names at users."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis.testing import SIMULATOR, is_error, latest, recorded
from messages import authors
from messages.app import create_app
from messages.config import Config
from messages.errors import UnknownAuthor
from messages.models import db


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(path, headers=SIMULATOR)
    assert answer.status_code == 200
    return answer.get_json()


@pytest.mark.contract("A.1 Wrong or missing credentials: 403")
@pytest.mark.contract("A.1 403 is decided before 404 and before the body is parsed")
@pytest.mark.contract("A.3 GET /msgs auth yes, 403")
@pytest.mark.parametrize(
    "credentials", [None, "Basic d3Jvbmc6d3Jvbmc=", "Basic", "Bearer x", "Basic é"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", path) for path in ("", "/ada", "/nobody", "/a%2Fb", "/a%2Fb%2F")),
        *(("POST", path) for path in ("/ada", "/nobody", "/a%2Fb", "/a%2Fb%2F")),
    ],
)
def test_without_credentials_nothing_else_is_judged(
    client: FlaskClient, method: str, path: str, credentials: str | None
) -> None:
    headers = {} if credentials is None else {"Authorization": credentials}
    answer = client.open(f"/api/msgs{path}", method=method, data=b"{", headers=headers)
    assert answer.status_code == 403
    assert answer.get_json() == {
        "status": 403,
        "error_msg": "You are not authorized to use this resource!",
    }


@pytest.mark.contract("A.2 Recorded first: it changes also on 400, 403 and 404")
@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "/api/msgs", None, SIMULATOR, 200),
        ("GET", "/api/msgs/ada", None, SIMULATOR, 200),
        ("POST", "/api/msgs/ada", b'{"content":"x"}', SIMULATOR, 204),
        ("POST", "/api/msgs/ada", b"{", SIMULATOR, 400),
        ("POST", "/api/msgs/ada", b"{", {}, 403),
        ("GET", "/api/msgs/nobody", None, SIMULATOR, 404),
        ("GET", "/api/msgs/a%2Fb", None, SIMULATOR, 404),
        ("PUT", "/api/msgs/ada", None, SIMULATOR, 405),
    ],
)
def test_latest_is_recorded_whatever_comes_of_the_request(
    client: FlaskClient, method: str, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = client.open(f"{path}?latest=42", method=method, data=body, headers=headers)
    assert (answer.status_code, latest(client)) == (status, 42)


@pytest.mark.contract("A.2 Recorded first")
def test_latest_is_recorded_before_users_is_waited_for(
    app: Flask, client: FlaskClient, users: Flask
) -> None:
    recorded = []
    users.before_request(lambda: recorded.append(latest(app.test_client())))
    client.post("/api/msgs/ada?latest=42", json={"content": "x"}, headers=SIMULATOR)
    assert recorded == [42]


@pytest.mark.contract("A.2 Recorded first")
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "/ada"), ("POST", "/ada")])
def test_latest_is_written_before_the_requested_statement(
    app: Flask, client: FlaskClient, method: str, path: str
) -> None:
    get(client, "/api/msgs/ada")  # her name is known from now on
    with app.app_context(), recorded(db) as statements:
        body = {"content": "x"}
        client.open(f"/api/msgs{path}?latest=42", method=method, json=body, headers=SIMULATOR)
    [sent] = statements
    assert sent.sql.index('"messages".latest') < sent.sql.index("messages.messages")


@pytest.mark.contract("A.2 Last write wins; it is no maximum")
@pytest.mark.contract("A.2 0 is legal, -1 means absent")
@pytest.mark.contract("A.2 Missing, empty or no integer: ignored, the request goes on")
def test_the_last_readable_latest_stands(client: FlaskClient) -> None:
    assert latest(client) is None
    for sent, stands in [("1337", 1337), ("1", 1), ("0", 0), ("-1", 0), ("", 0), ("x", 0)]:
        get(client, f"/api/msgs?latest={sent}")
        assert latest(client) == stands
    get(client, "/api/msgs")
    assert latest(client) == 0


@pytest.mark.contract("A.2 The same for every replica; survives restarts")
def test_latest_is_the_same_for_every_replica(client: FlaskClient, config: Config) -> None:
    other = create_app(config).test_client()
    for one, another, value in ((client, other, 7), (other, client, 5)):
        one.get(f"/api/msgs?latest={value}")
        assert latest(another) == value


def test_a_name_is_asked_for_once_and_then_known(
    client: FlaskClient, app: Flask, users: Any
) -> None:
    for _ in range(3):
        get(client, "/api/msgs/ada")
    assert users.asked == ["ada"]


def test_a_name_that_was_unknown_is_asked_for_again(
    client: FlaskClient, registered: dict[str, int]
) -> None:
    assert client.get("/api/msgs/newcomer", headers=SIMULATOR).status_code == 404
    registered["newcomer"] = 1000
    assert get(client, "/api/msgs/newcomer") == []


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\x00b", "\x7f", "x" * 101])
def test_an_impossible_name_is_not_looked_up(app: Flask, users: Any, name: str) -> None:
    with pytest.raises(UnknownAuthor):
        authors.of(app).find(name)
    assert users.asked == []


def test_while_users_is_stopped_known_names_work_and_others_are_503(
    client: FlaskClient, request: pytest.FixtureRequest
) -> None:
    get(client, "/api/msgs/ada")
    request.getfixturevalue("users_stopped")
    assert get(client, "/api/msgs") == get(client, "/api/msgs/ada") == []
    answer = client.post("/api/msgs/bob", json={"content": "x"}, headers=SIMULATOR)
    assert is_error(answer, 503)
    assert answer.headers["Retry-After"] == "1"


def test_an_answer_of_users_that_makes_no_sense_is_503(client: FlaskClient, users: Flask) -> None:
    users.view_functions["by_name"] = lambda name: ({"name": name}, 200)
    assert client.get("/api/msgs/ada", headers=SIMULATOR).status_code == 503
