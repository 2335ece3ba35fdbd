"""Token keys: Ed25519, the private half as PEM, the public halves as one JWKS document."""

import json
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.tokens import public_jwk

Jwk = dict[str, Any]


def pair() -> tuple[str, Jwk]:
    """A new private key, and its public half."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode(), public_jwk(key.public_key())


def document(*public: Jwk) -> str:
    return json.dumps({"keys": public}, sort_keys=True)


def keys_of(document: str) -> list[Jwk]:
    found: list[Jwk] = json.loads(document)["keys"]
    return found
