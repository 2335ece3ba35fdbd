"""How many texts each route sends to each service's database: a round trip more is seen here.

Which index a text reads by, and how many rows, stands in the services' own `tests/test_plans.py`.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import users.sessions
from chassis.testing import SIMULATOR, Sent, recorded
from tests.world import World, databases

TWEET, FOLLOW = {"content": "hello"}, {"follow": "bob"}


@pytest.fixture
def people(world: World) -> dict[str, int]:
    """Two people whom all services have met."""
    met = {name: world.register(name) for name in ("ada", "bob")}
    for name in met:
        ask(world.messages, "POST", f"/api/msgs/{name}", TWEET)
        ask(world.followers, "POST", f"/api/fllws/{name}", FOLLOW)
        assert world.web.test_client().get(f"/{name}").status_code == 200
    return met


@pytest.fixture
def browser(world: World, people: dict[str, int]) -> FlaskClient:
    """ada's, signed in."""
    client = world.web.test_client()
    form = {"username": "ada", "password": "secret"}
    assert client.post("/login", data=form).status_code == 302
    assert client.get("/public").status_code == 200
    return client


def ask(app: Flask, method: str, path: str, body: Any = None) -> int:
    answer = app.test_client().open(path, method=method, json=body, headers=SIMULATOR)
    assert answer.status_code < 300
    return answer.status_code


@contextmanager
def counted(world: World) -> Iterator[dict[str, list[Sent]]]:
    """What each service sends meanwhile; nothing of it in a transaction that takes trips."""
    with ExitStack() as stack:
        sent = {}
        for name, (app, models) in databases(world).items():
            stack.enter_context(app.app_context())
            sent[name] = stack.enter_context(recorded(models.db))
        stack.enter_context(world.web.app_context())
        yield sent
    assert all(each.autocommit for texts in sent.values() for each in texts)


def numbers(sent: dict[str, list[Sent]]) -> dict[str, int]:
    return {name: len(texts) for name, texts in sent.items() if texts}


@pytest.mark.parametrize(
    ("service", "method", "path", "body"),
    [
        ("messages", "GET", "/api/msgs", None),
        ("messages", "GET", "/api/msgs/ada", None),
        ("messages", "POST", "/api/msgs/ada", TWEET),
        ("followers", "GET", "/api/fllws/ada", None),
        ("followers", "POST", "/api/fllws/ada", FOLLOW),
        ("followers", "POST", "/api/fllws/ada", {"unfollow": "bob"}),
    ],
)
@pytest.mark.usefixtures("people")
def test_a_simulator_request_sends_one_statement_with_or_without_latest(
    world: World, service: str, method: str, path: str, body: Any
) -> None:
    for query in ("", "?latest=7"):
        with counted(world) as sent:
            ask(getattr(world, service), method, path + query, body)
        assert numbers(sent) == {service: 1}


def test_a_register_sends_two_statements_with_or_without_latest(world: World) -> None:
    """Whether the name is free, and after the hash the account."""
    for query in ("", "?latest=7"):
        body = {"username": f"new{len(query)}", "email": "a@b", "pwd": "x"}
        with counted(world) as sent:
            ask(world.users, "POST", f"/api/register{query}", body)
        assert numbers(sent) == {"users": 2}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/public", {"messages": 1}),
        ("/bob", {"messages": 1, "followers": 1}),
        ("/api/latest", {"users": 1, "messages": 1, "followers": 1}),
    ],
)
@pytest.mark.usefixtures("people")
def test_pages_for_everybody(
    world: World, path: str, expected: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another second than the last, whose counts are kept."""
    monkeypatch.setattr("web.clients.followers.monotonic", lambda: -1.0)
    with counted(world) as sent:
        assert world.web.test_client().get(path).status_code == 200
    assert numbers(sent) == expected


@pytest.fixture(params=[0, 3600], ids=["without a lease", "during a lease"])
def asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What is sent to know who is there."""
    monkeypatch.setattr(users.sessions, "LEASE_SECONDS", request.param)
    return {} if request.param else {"users": 1}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", {"followers": 1, "messages": 1}),
        ("/public", {"messages": 1}),
        ("/bob", {"messages": 1, "followers": 1}),
        ("/ada", {"messages": 1, "followers": 1}),
    ],
)
def test_pages_for_somebody(
    world: World,
    asked: dict[str, int],
    browser: FlaskClient,
    path: str,
    expected: dict[str, int],
) -> None:
    with counted(world) as sent:
        assert browser.get(path).status_code == 200
    assert numbers(sent) == asked | expected


def test_sharing_a_message(world: World, asked: dict[str, int], browser: FlaskClient) -> None:
    with counted(world) as sent:
        assert browser.post("/add_message", data={"text": "hello"}).status_code == 302
    assert numbers(sent) == asked | {"messages": 1}
