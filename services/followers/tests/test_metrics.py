"""What operators see of follows: how many there are, and what changes."""

from collections.abc import Callable

from flask.testing import FlaskClient

from chassis.testing import SIMULATOR, growth, series

Token = Callable[[str], dict[str, str]]


def test_only_real_changes_are_counted(client: FlaskClient, token: Token) -> None:
    before = series(client)
    for _ in range(2):
        client.put("/v1/followees/bob", headers=token("ada"))
    client.post("/api/fllws/cleo", json={"follow": "cleo"}, headers=SIMULATOR)
    for _ in range(2):
        client.delete("/v1/followees/bob", headers=token("ada"))
    grown = growth(client, before)
    assert grown['minitwit_follow_changes_total{change="follow"}'] == 2
    assert grown['minitwit_follow_changes_total{change="unfollow"}'] == 1
    assert "minitwit_follows" in before


def test_the_simulators_actions_are_told_apart(client: FlaskClient) -> None:
    before = series(client)
    client.get("/api/fllws/ada", headers=SIMULATOR)
    client.post("/api/fllws/ada", json={"follow": "bob"}, headers=SIMULATOR)
    client.post("/api/fllws/ada", json={"unfollow": "bob"}, headers=SIMULATOR)
    client.post("/api/fllws/ada", json={"unfollow": "nobody"}, headers=SIMULATOR)
    client.post("/api/fllws/nobody", json={"unfollow": "ada"}, headers=SIMULATOR)
    client.post("/api/fllws/ada", json={}, headers=SIMULATOR)
    client.post("/api/fllws/ada", json={"unfollow": "bob"})
    grown = {
        name.removeprefix("minitwit_simulator_answers_total"): value
        for name, value in growth(client, before).items()
        if name.startswith("minitwit_simulator_answers_total")
    }
    assert grown == {
        '{action="read",kind="ok"}': 1,
        '{action="follow",kind="ok"}': 1,
        '{action="unfollow",kind="ok"}': 1,
        '{action="unfollow",kind="unknown-user"}': 2,
        '{action="unfollow",kind="bad-request"}': 1,
        '{action="follow",kind="unauthorized"}': 1,
    }
