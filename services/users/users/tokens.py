"""Issuing access tokens: signed statements, minutes long, of who is calling."""

import time
from typing import NamedTuple

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.config import ConfigError
from chassis.errors import Unauthorized
from chassis.tokens import ALGORITHM, ISSUER, Identity, Verifier, public_jwk

# Signing takes longer than all else about a trade, and each page that somebody opens is one.
KEPT, PART_OF_LIFE = 2_000, 10
_SETTING = "MINITWIT_TOKEN_SIGNING_KEY"


class Issued(NamedTuple):
    """An access token, valid for `seconds` from now."""

    token: str
    seconds: int


class Issuer:
    """Signs with an Ed25519 key; ConfigError unless the public keys verify what it signs."""

    def __init__(self, signing_key: str, public_keys: str, seconds: int = 300) -> None:
        self._seconds = seconds
        self._kept: dict[Identity, tuple[str, int]] = {}
        self._key = _read(signing_key)
        self._headers = {"kid": public_jwk(self._key.public_key())["kid"]}
        try:
            Verifier(public_keys).verify(self.issue(Identity(0, "", 0)).token)
        except Unauthorized:
            problem = f"{_SETTING}: its public half is not in MINITWIT_TOKEN_PUBLIC_KEYS"
            raise ConfigError([problem]) from None

    def issue(self, identity: Identity) -> Issued:
        """A token that speaks for `identity`; the same one during the first part of its life."""
        now = int(time.time())
        token, begin = self._kept.get(identity, ("", 0))
        if not begin <= now < begin + self._seconds / PART_OF_LIFE:
            token, begin = self._sign(identity, now), now
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[identity] = token, begin
        return Issued(token, begin + self._seconds - now)

    def _sign(self, identity: Identity, now: int) -> str:
        claims = {
            "iss": ISSUER,
            "sub": str(identity.id),
            "name": identity.name,
            "sid": str(identity.session_id),
            "iat": now,
            "exp": now + self._seconds,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers=self._headers)


def _read(pem: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError([f"{_SETTING}: no private key in PEM form"]) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError([f"{_SETTING}: no Ed25519 key"])
    return key
