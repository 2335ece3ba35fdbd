"""The local system's passwords and keys: made once, kept in files that only their owner reads."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis import keys
from chassis.tokens import public_jwk
from dev.trouble import Trouble

SCHEMAS = ("users", "messages", "followers")
_SIGNING_KEY = "signing_key.pem"
_PUBLIC_KEYS = "public_keys.json"
_COOKIE_KEYS = "cookie_keys"
_POSTGRES = "postgres"


@dataclass(frozen=True)
class Secrets:
    """Where they lie, and the database's passwords by role."""

    folder: Path
    passwords: dict[str, str] = field(repr=False)

    @property
    def superuser(self) -> str:
        return self.passwords[_POSTGRES]

    @property
    def signing_key(self) -> Path:
        return self.folder / _SIGNING_KEY

    @property
    def public_keys(self) -> Path:
        return self.folder / _PUBLIC_KEYS

    @property
    def cookie_keys(self) -> Path:
        return self.folder / _COOKIE_KEYS


def load(folder: Path, *, may_create: bool) -> Secrets:
    """The secrets in `folder`, made where missing; Trouble if they may not be.

    They may not be once there is a database: new ones would lock everybody out of the old data.
    A service that was added since then has none yet, and gets its own.
    """
    values, new = {}, _of_new_schemas(folder)
    for name in (*_roles(), _COOKIE_KEYS, _SIGNING_KEY):
        path = folder / name
        if not path.exists():
            if not may_create and name not in new:
                raise Trouble(f"{path} is missing but the database exists; put it back.")
            write(path, keys.pair()[0].strip() if name == _SIGNING_KEY else token_urlsafe())
        values[name] = _read(path)
    _publish(folder, values[_SIGNING_KEY])
    return Secrets(folder, {role: values[role] for role in _roles()})


def write(path: Path, content: str) -> None:
    """Write a file atomically, without anybody else being able to read it at any moment."""
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content + "\n")
    draft.rename(path)


def _roles() -> list[str]:
    return [_POSTGRES, *(role for name in SCHEMAS for role in _roles_of(name))]


def _roles_of(schema: str) -> tuple[str, str]:
    return f"{schema}_owner", f"{schema}_service"


def _of_new_schemas(folder: Path) -> set[str]:
    """The roles of schemas that have no password at all."""
    roles = map(_roles_of, SCHEMAS)
    return {
        role for pair in roles if not any((folder / it).exists() for it in pair) for role in pair
    }


def _read(path: Path) -> str:
    try:
        content = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{path} can't be read: {getattr(error, 'strerror', error)}.") from None
    if not content:
        raise Trouble(f"{path} is empty; put its content back.")
    return content


def _publish(folder: Path, pem: str) -> None:
    """Write the document that the verifying services read, from the signing key."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Trouble(f"{folder / _SIGNING_KEY} holds no Ed25519 key; put it back.")
    write(folder / _PUBLIC_KEYS, keys.document(public_jwk(key.public_key())))
