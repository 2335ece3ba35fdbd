"""Issues access tokens: signed statements of who is calling, valid for minutes."""

import time

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.config import ConfigError
from chassis.errors import Unauthorized
from chassis.tokens import ALGORITHM, ISSUER, Identity, Verifier, public_jwk

_SETTING = "MINITWIT_TOKEN_SIGNING_KEY"


class Issuer:
    """Signs with an Ed25519 key; ConfigError unless the public keys verify what it signs.

    What it issues is valid for `seconds`.
    """

    def __init__(self, signing_key: str, public_keys: str, seconds: int = 300) -> None:
        self.seconds = seconds
        self._key = _read(signing_key)
        self._headers = {"kid": public_jwk(self._key.public_key())["kid"]}
        try:
            Verifier(public_keys).verify(self.issue(Identity(0, "", 0)))
        except Unauthorized:
            problem = f"{_SETTING}: its public half is not in MINITWIT_TOKEN_PUBLIC_KEYS"
            raise ConfigError([problem]) from None

    def issue(self, identity: Identity) -> str:
        """A token that speaks for `identity`."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": str(identity.id),
            "name": identity.name,
            "sid": str(identity.session_id),
            "iat": now,
            "exp": now + self.seconds,
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
