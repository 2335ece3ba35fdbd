"""Access tokens: JSON Web Tokens signed with Ed25519 (EdDSA).

One service holds the private key; the others verify with a JWKS document of public keys.
A token names its key (`kid`), so keys rotate by standing side by side in that document.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import jwt
import orjson
from flask import Flask, current_app, g, request
from jwt.types import Options

from chassis.errors import Unauthorized

ISSUER = "minitwit"
ALGORITHM = "EdDSA"
_EXTENSION = "minitwit_tokens"
# `iat` is by the issuer's clock, which may be ahead of this one.
_OPTIONS: Options = {"require": ["iss", "sub", "name", "sid", "exp"], "verify_iat": False}


@dataclass(frozen=True)
class Identity:
    """Whom a token speaks for, and the session that it was made from."""

    id: int
    name: str
    session_id: int


class Verifier:
    """Checks tokens against a JWKS document."""

    def __init__(self, public_keys: str) -> None:
        keys = jwt.PyJWKSet.from_json(public_keys).keys
        self._keys = {key.key_id: key for key in keys}

    def verify(self, token: str) -> Identity:
        """The identity in a token; Unauthorized (401) if it is not valid now."""
        try:
            key = self._keys[jwt.get_unverified_header(token).get("kid")]
            claims = jwt.decode(token, key, algorithms=[ALGORITHM], issuer=ISSUER, options=_OPTIONS)
            return Identity(int(claims["sub"]), str(claims["name"]), int(claims["sid"]))
        except (jwt.PyJWTError, KeyError, ValueError):
            raise Unauthorized() from None


def init_app(app: Flask, public_keys: str) -> None:
    """Let routes ask for `identity()`."""
    app.extensions[_EXTENSION] = Verifier(public_keys)


def identity() -> Identity:
    """Whom this request's access token speaks for; Unauthorized (401) if nobody."""
    verified: Identity = current_app.extensions[_EXTENSION].verify(bearer())
    g.subject_id = verified.id
    return verified


def bearer() -> str:
    """The token of `Authorization: Bearer …`; Unauthorized (401) if there is none."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Unauthorized()
    return given.token


def public_jwk(public_key: Any) -> dict[str, str]:
    """An Ed25519 public key as a JWK; its `kid` is the thumbprint of RFC 7638."""
    raw = base64.urlsafe_b64encode(public_key.public_bytes_raw()).rstrip(b"=").decode()
    needed = {"crv": "Ed25519", "kty": "OKP", "x": raw}
    digest = hashlib.sha256(orjson.dumps(needed, option=orjson.OPT_SORT_KEYS)).digest()
    kid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {**needed, "alg": ALGORITHM, "use": "sig", "kid": kid}
