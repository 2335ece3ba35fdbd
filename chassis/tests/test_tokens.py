"""Access tokens: signed, bounded in time, their keys can rotate."""

import time
from types import SimpleNamespace
from typing import Any

import jwt
import orjson
import pytest
from flask.testing import FlaskClient

from chassis.errors import Unauthorized
from chassis.testing import Keys
from chassis.tokens import Verifier


def test_a_token_speaks_for_its_subject(client: FlaskClient, keys: Keys) -> None:
    answer = client.get("/whoami", headers=keys.headers(7, "Ada", session=9))
    assert answer.get_json() == {"id": 7, "name": "Ada", "session": 9}


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Bearer x.y.z", "Basic eDp5", "nothing"]
)
def test_what_is_no_token_is_unauthorized(client: FlaskClient, value: str) -> None:
    answer = client.get("/whoami", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_unauthorized(client: FlaskClient, keys: Keys) -> None:
    token = keys.token(7, "Ada", seconds=-1)
    assert client.get("/whoami", headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize(
    ("otherwise", "status"), [({}, 200), ({"iss": "another"}, 401), ({"exp": None}, 401)]
)
def test_a_token_of_another_issuer_or_without_an_end_is_unauthorized(
    client: FlaskClient, keys: Keys, otherwise: dict[str, Any], status: int
) -> None:
    claims = {"iss": "minitwit", "sub": "7", "name": "Ada", "sid": "9", "exp": 2**40, **otherwise}
    told = {name: value for name, value in claims.items() if value is not None}
    token = jwt.encode(told, keys.pem, algorithm="EdDSA", headers={"kid": keys.jwk["kid"]})
    answer = client.get("/whoami", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == status


def test_a_token_from_a_clock_that_runs_ahead_is_accepted(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = SimpleNamespace(time=lambda: time.time() + 30)
    monkeypatch.setattr("chassis.testing.time", ahead)
    assert Verifier(keys.jwks).verify(keys.token(7, "Ada")).id == 7


def test_a_foreign_key_is_unauthorized(client: FlaskClient) -> None:
    assert client.get("/whoami", headers=Keys().headers(7, "Ada")).status_code == 401


def test_a_forged_key_id_is_unauthorized(keys: Keys) -> None:
    forger = Keys()
    forger.jwk = keys.jwk
    with pytest.raises(Unauthorized):
        Verifier(keys.jwks).verify(forger.token(7, "Ada"))


def test_two_keys_stand_side_by_side_while_they_rotate() -> None:
    old, new = Keys(), Keys()
    both = Verifier(orjson.dumps({"keys": [new.jwk, old.jwk]}).decode())
    assert both.verify(old.token(1, "Ada")).id == 1
    assert both.verify(new.token(2, "Bob")).id == 2
