"""What operators see of messages: how many there are, who posts, what the simulator gets."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from chassis.testing import SIMULATOR, growth, series

Token = Callable[[str], dict[str, str]]


def grown(client: FlaskClient, before: dict[str, float], name: str) -> dict[str, float]:
    """The labels of a metric's series that have grown, to by how much."""
    return {
        each.removeprefix(name): value
        for each, value in growth(client, before).items()
        if each.startswith(name)
    }


def test_messages_are_counted_by_who_asked_for_them(client: FlaskClient, token: Token) -> None:
    before = series(client)
    client.post("/v1/messages", json={"text": "one"}, headers=token("ada"))
    client.post("/v1/messages", json={"text": ""}, headers=token("ada"))
    for text in ("two", "three", ""):
        client.post("/api/msgs/ada", json={"content": text}, headers=SIMULATOR)
    assert grown(client, before, "minitwit_messages_posted_total") == {
        '{origin="web"}': 1,
        '{origin="simulator"}': 2,
    }
    assert "minitwit_messages" in before


def test_answers_to_the_simulator_are_counted_by_what_was_wrong(
    client: FlaskClient, users_stopped: Any
) -> None:
    before = series(client)
    client.get("/api/msgs", headers=SIMULATOR)
    client.get("/api/msgs")
    client.get("/api/msgs/ada", headers=SIMULATOR)
    client.post("/api/msgs/%00", headers=SIMULATOR)
    assert grown(client, before, "minitwit_simulator_answers_total") == {
        '{action="read",kind="ok"}': 1,
        '{action="read",kind="unauthorized"}': 1,
        '{action="read",kind="unavailable"}': 1,
        '{action="tweet",kind="unknown-user"}': 1,
    }
