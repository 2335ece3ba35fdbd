"""Sessions and the access tokens made from them: valid, expired, revoked, forged."""

from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, update

from chassis import testing
from chassis.testing import Keys
from chassis.tokens import Identity, Verifier, public_jwk
from users.models import LoginSession, db

PROTECTED = [
    ("POST", "/v1/access-tokens"),
    ("DELETE", "/v1/sessions/current"),
    ("DELETE", "/v1/sessions"),
    ("POST", "/v1/password"),
]
ENDING = PROTECTED[1:]


def is_unauthorized(answer: Any) -> bool:
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    return (answer.status_code, answer.json["slug"]) == (401, "unauthorized")


def test_other_services_can_verify_an_access_token(ada: Any, keys: Keys) -> None:
    answer = ada.trade(ada.log_in())
    body = answer.json
    assert answer.status_code == 201
    assert set(body) == {
        "access_token",
        "expires_in",
        "id",
        "name",
        "revision",
        "lease_seconds",
    }
    verified = Verifier(keys.jwks).verify(body["access_token"])
    assert verified == Identity(body["id"], "ada", verified.session_id)


def test_a_token_names_its_key_and_lives_for_minutes(
    ada: Any, keys: Keys, make_client: Any
) -> None:
    ada.client = make_client(access_token_seconds=120)
    body = ada.trade(ada.log_in()).json
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == body["expires_in"] == 120
    assert jwt.get_unverified_header(body["access_token"]) == {
        "alg": "EdDSA",
        "kid": keys.jwk["kid"],
        "typ": "JWT",
    }


def test_a_trade_is_one_query(app: Flask, ada: Any) -> None:
    token = ada.log_in()
    with app.app_context(), testing.recorded(db) as sent:
        assert ada.trade(token).status_code == 201
    assert [each.autocommit for each in sent] == [True]


def test_tokens_of_the_key_before_are_still_good(ada: Any, keys: Keys, make_client: Any) -> None:
    access = ada.access(ada.log_in())
    fresh = Keys()
    both = orjson.dumps({"keys": [fresh.jwk, keys.jwk]}).decode()
    rotated = make_client(token_signing_key=fresh.pem, token_public_keys=both)
    assert rotated.delete("/v1/sessions/current", headers=access).status_code == 204


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "ø"])
def test_protected_routes_refuse_a_missing_or_malformed_token(
    client: FlaskClient, method: str, path: str, value: Any
) -> None:
    headers = {} if value is None else {"Authorization": value}
    assert is_unauthorized(client.open(path, method=method, headers=headers))


@pytest.mark.parametrize(("method", "path"), ENDING)
def test_bad_access_tokens_are_refused(
    client: FlaskClient, keys: Keys, ada: Any, method: str, path: str
) -> None:
    session_token = ada.log_in()
    who = ada.trade(session_token).json
    stranger = Keys()
    stranger.jwk["kid"] = keys.jwk["kid"]
    bad = [
        session_token,
        keys.token(who["id"], "ada", seconds=-1),
        stranger.token(who["id"], "ada"),
        Keys().token(who["id"], "ada"),
        jwt.encode({"iss": "minitwit", "sub": str(who["id"])}, "x" * 32, algorithm="HS256"),
    ]
    for token in bad:
        headers = {"Authorization": f"Bearer {token}"}
        assert is_unauthorized(client.open(path, method=method, headers=headers))
    assert ada.trade(session_token).status_code == 201


def test_an_access_token_is_no_session_token(ada: Any) -> None:
    access = ada.trade(ada.log_in()).json["access_token"]
    assert is_unauthorized(ada.trade(access))


def test_an_expired_session_is_of_no_use(client: FlaskClient, ada: Any, session: Any) -> None:
    token = ada.log_in()
    access = ada.access(token)
    session.execute(update(LoginSession).values(expires_at=func.now()))
    session.commit()
    assert is_unauthorized(ada.trade(token))
    for method, path in ENDING:
        body = {"new_password": "x"}
        assert is_unauthorized(client.open(path, method=method, headers=access, json=body))


def test_logging_out_ends_this_session_and_no_other(client: FlaskClient, ada: Any) -> None:
    here, there = ada.log_in(), ada.log_in()
    answer = client.delete("/v1/sessions/current", headers=ada.access(here))
    assert (answer.status_code, answer.data) == (204, b"")
    assert is_unauthorized(ada.trade(here))
    assert ada.trade(there).status_code == 201


def test_logging_out_everywhere_ends_all_of_ones_own(
    client: FlaskClient, ada: Any, visitor: Any
) -> None:
    bob = visitor("bob")
    bob.register()
    bobs, tokens = bob.log_in(), [ada.log_in(), ada.log_in()]
    answer = client.delete("/v1/sessions", headers=ada.access(tokens[0]))
    assert (answer.status_code, answer.data) == (204, b"")
    assert all(is_unauthorized(ada.trade(token)) for token in tokens)
    assert bob.trade(bobs).status_code == 201


@pytest.mark.parametrize(("method", "path"), ENDING)
def test_an_access_token_is_useless_once_its_session_has_ended(
    client: FlaskClient, ada: Any, method: str, path: str
) -> None:
    here, there = ada.log_in(), ada.log_in()
    access = ada.access(here)
    client.delete("/v1/sessions/current", headers=access)
    body = {"current_password": ada.password, "new_password": "new"}
    assert is_unauthorized(client.open(path, method=method, headers=access, json=body))
    assert ada.trade(there).status_code == 201


def test_nobody_ends_the_session_of_another(
    client: FlaskClient, keys: Keys, ada: Any, visitor: Any, session: Any
) -> None:
    token = ada.log_in()
    bob = visitor("bob").register().json
    mixed = keys.headers(bob["id"], "bob", session.query(LoginSession.id).scalar())
    for method, path in ENDING:
        body = {"new_password": "x"}
        assert is_unauthorized(client.open(path, method=method, headers=mixed, json=body))
    assert ada.trade(token).status_code == 201


def test_a_key_is_named_by_its_thumbprint() -> None:
    """The example of RFC 8037, appendix A.3."""
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    jwk = public_jwk(Ed25519PrivateKey.from_private_bytes(secret).public_key())
    assert jwk["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
