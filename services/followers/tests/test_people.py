"""Names to ids: hits are kept, misses are not, and users may be away."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from chassis import testing
from chassis.http_client import Unavailable
from followers import people
from followers.errors import UserNotFound

Token = Callable[[str], dict[str, str]]


def asked(users: Flask) -> list[str]:
    """The names that users was asked for."""
    found: list[str] = users.asked  # type: ignore[attr-defined]
    return found


def test_a_known_name_is_asked_for_once(app: Flask, users: Flask) -> None:
    assert people.of(app).find("bob") is people.of(app).find("bob")
    assert asked(users) == ["bob"]


def test_an_unknown_name_is_asked_for_again_for_it_may_be_registered(
    app: Flask, users: Flask, registered: dict[str, int]
) -> None:
    with pytest.raises(UserNotFound):
        people.of(app).find("eve")
    registered["eve"] = 77
    assert people.of(app).find("eve").id == 77
    assert asked(users) == ["eve", "eve"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\x00b", "\x7f", "x" * 101])
def test_an_impossible_name_is_not_looked_up(app: Flask, users: Flask, name: str) -> None:
    with pytest.raises(UserNotFound):
        people.of(app).find(name)
    assert asked(users) == []


@pytest.mark.parametrize("name", ["a b", "%2e%2e", "?x=1", "#", "é", "+", "a;b", "100%", "…"])
def test_a_name_reaches_users_as_it_is(
    app: Flask, users: Flask, registered: dict[str, int], name: str
) -> None:
    registered[name] = 78
    assert people.of(app).find(name).id == 78
    assert asked(users) == [name]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (200, b"[]"),
        (200, b""),
        (200, b"no JSON"),
        (200, b'{"id": "x", "name": "bob"}'),
        (400, b"{}"),
        (500, b"{}"),
        (503, b""),
    ],
)
def test_an_answer_that_can_not_be_used_is_no_answer(app: Flask, status: int, body: bytes) -> None:
    strange = Flask("users")
    strange.add_url_rule("/<path:_>", view_func=lambda _: Response(body, status))
    testing.connect(people.of(app).provider, strange)
    with pytest.raises(Unavailable):
        people.of(app).find("bob")


@pytest.mark.usefixtures("users_stopped")
def test_without_users_a_change_is_refused_for_now(client: FlaskClient, token: Token) -> None:
    answer: Any = client.put("/v1/followees/bob", headers=token("ada"))
    assert (answer.status_code, answer.json["slug"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.usefixtures("users_stopped")
def test_without_users_the_simulator_is_told_to_come_back(client: FlaskClient) -> None:
    for method in ("GET", "POST"):
        answer: Any = client.open("/api/fllws/ada", method=method, headers=testing.SIMULATOR)
        assert testing.is_error(answer, 503)
        assert answer.headers["Retry-After"] == "1"


def test_without_users_names_once_seen_still_work(
    app: Flask, client: FlaskClient, token: Token
) -> None:
    client.put("/v1/followees/bob", headers=token("ada"))
    testing.unplug(people.of(app).provider)
    assert client.delete("/v1/followees/bob", headers=token("ada")).status_code == 204


@pytest.mark.usefixtures("users_stopped")
def test_without_users_what_is_known_can_be_read(client: FlaskClient) -> None:
    for rest in ("followees", "followers", "followee-ids", "counts"):
        assert client.get(f"/v1/users/1/{rest}").status_code == 200
