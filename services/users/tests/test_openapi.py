"""The service against its openapi.yaml: the same routes, and generated requests.

`FUZZ=10000` makes at least that many requests; without it a few, always the same ones.
"""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from flask import Flask
from hypothesis import HealthCheck, settings

from chassis import testing
from users import sessions
from users.hashing import Hasher
from users.models import Account, db, run

DOCUMENT = yaml.safe_load((Path(__file__).parents[1] / "openapi.yaml").read_text())
METHODS = {"get", "put", "post", "delete"}
HASH = Hasher(1).hash("secret")
# No generated name is taken already.
UNREGISTRABLE = "some/body"


class Service:
    """Stands for the app while tests are collected; the first that runs puts it behind."""

    app: Flask

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


service = Service()
schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = service


def documented() -> Iterator[tuple[str, str, Any]]:
    for path, operations in DOCUMENT["paths"].items():
        for method in METHODS & operations.keys():
            yield method.upper(), path, operations[method]


def share_of_each() -> int:
    """Requests for each operation that takes any input; the others need only one."""
    takers = [o for _, _, o in documented() if "requestBody" in o or "parameters" in o]
    return int(os.environ.get("FUZZ", 120)) // len(takers)


def somebody(case: Any, keys: testing.Keys) -> dict[str, str]:
    """The header with what an operation asks for, of somebody who just logged in."""
    account = Account(name=UNREGISTRABLE, email="a@b", password_hash=HASH)
    db.session.add(account)
    db.session.flush()
    token = sessions.start(db.session(), account.id, HASH, timedelta(days=1))
    who = sessions.resume(run, token)
    match case.operation.definition.raw.get("security"):
        case [{"sessionToken": _}]:
            return {"Authorization": f"Bearer {token}"}
        case [{"accessToken": _}]:
            return keys.headers(who.id, who.name, who.session_id)
    return {}


@pytest.mark.fuzz
@pytest.mark.timeout(1200)
@schema.parametrize()
@settings(
    max_examples=share_of_each(),
    derandomize="FUZZ" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_generated_requests_are_answered_as_documented(
    case: Any, app: Flask, keys: testing.Keys
) -> None:
    service.app = app
    with app.app_context():
        testing.empty(db)
        headers = somebody(case, keys)
    case.call_and_validate(headers=headers)


def test_the_routes_are_the_documented_ones(app: Flask) -> None:
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(method, path) for method, path, _ in documented()}
