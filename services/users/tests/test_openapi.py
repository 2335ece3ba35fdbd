"""The service against its openapi.yaml: the same routes, and generated requests."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from chassis import testing
from tests.documented import Document, served
from users import sessions
from users.hashing import Hasher
from users.models import Account, db, run

document = Document(Path(__file__).parents[1] / "openapi.yaml")
HASH = Hasher(1, checks=1).hash("secret")
# No generated name is taken already.
UNREGISTRABLE = "some/body"


@pytest.fixture(scope="module", autouse=True)
def no_leases() -> Iterator[None]:
    """Nobody here has to be waited for, thousands of times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "LEASE_SECONDS", 0)
        yield


def somebody(case: Any, keys: testing.Keys) -> dict[str, str]:
    """The header with what an operation asks for, of somebody who just logged in."""
    account = Account(name=UNREGISTRABLE, email="a@b", password_hash=HASH)
    db.session.add(account)
    db.session.flush()
    token = sessions.start(db.session(), account.id, HASH, timedelta(days=1))
    who = sessions.resume(run, token).who
    match case.operation.definition.raw.get("security"):
        case [{"sessionToken": _}]:
            return {"Authorization": f"Bearer {token}"}
        case [{"accessToken": _}]:
            return keys.headers(who.id, who.name, who.session_id)
    return {}


@pytest.mark.fuzz
@pytest.mark.timeout(1200)
@document.schema.parametrize()
@document.requests(120)
def test_generated_requests_are_answered_as_documented(
    case: Any, app: Flask, keys: testing.Keys
) -> None:
    document.app = app
    with app.app_context():
        testing.empty(db)
        headers = somebody(case, keys)
    case.call_and_validate(headers=headers)


def test_the_routes_are_the_documented_ones(app: Flask) -> None:
    assert served(app) == document.routes()
