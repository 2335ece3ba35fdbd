"""Runs once for compose.yaml: makes every secret that is missing, as a file in /laptop."""

import secrets
from collections.abc import Iterator
from pathlib import Path

from chassis import keys

FOLDER = Path("/laptop")
SCHEMAS = ("users", "messages", "followers")
SERVER = "postgres:5432/minitwit"


def made() -> Iterator[tuple[str, str]]:
    """Each secret's name and value; passwords have no character that a URL would escape."""
    superuser = secrets.token_hex(16)
    yield "postgres-password", superuser
    yield "admin-database-url", url("postgres", superuser)
    for schema in SCHEMAS:
        for role, kind in (("owner", "owner-database-url"), ("service", "database-url")):
            password = secrets.token_hex(16)
            yield f"{schema}-{role}-password", password
            yield f"{schema}-{kind}", url(f"{schema}_{role}", password)
    private, public = keys.pair()
    yield "token-signing-key", private
    yield "token-public-keys", keys.document(public)
    yield "cookie-keys", secrets.token_hex(32)
    yield "simulator-credentials", "simulator:super_safe!"


def url(role: str, password: str) -> str:
    return f"postgresql+psycopg2://{role}:{password}@{SERVER}"


def main() -> None:
    done = FOLDER / "made"
    if done.exists():
        return
    for name, value in made():
        (FOLDER / name).write_text(value)
    done.touch()


main()
