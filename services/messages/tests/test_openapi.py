"""The service against its openapi.yaml: the same routes, and generated requests.

`FUZZ=10000` makes about that many requests; without it a few, always the same ones.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import schemathesis
import yaml
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import missing_required_header

from chassis import testing
from messages.models import Message, db

DOCUMENT = yaml.safe_load((Path(__file__).parents[1] / "openapi.yaml").read_text())
METHODS = {"get", "put", "post", "delete"}


class Service:
    """Stands for the app while tests are collected; the first that runs puts it behind."""

    app: Flask

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


class Everybody(dict[str, int]):
    """Every other name that can be thought of is somebody's."""

    def __contains__(self, name: object) -> bool:
        return len(str(name)) % 2 == 1

    def __missing__(self, name: str) -> int:
        return crc32(name.encode()) + 1


service = Service()
schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = service


def documented() -> Iterator[tuple[str, str, Any]]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS & item.keys():
            shared = {"parameters": item["parameters"]} if "parameters" in item else {}
            yield method.upper(), path, {**shared, **item[method]}


def share_of_each() -> int:
    """Requests for each operation that takes any input; the others need only one."""
    takers = [o for _, _, o in documented() if "requestBody" in o or "parameters" in o]
    return int(os.environ.get("FUZZ", 200)) // len(takers)


@pytest.fixture
def registered() -> dict[str, int]:
    return Everybody()


@pytest.fixture
def behind(app: Flask) -> None:
    """The app with a few messages of a few authors, some of them hidden."""
    with app.app_context():
        db.session.add_all(
            Message(author_id=n % 3 + 1, author_name="ada", text="text", flagged=n % 5 == 0)
            for n in range(40)
        )
        db.session.commit()
    service.app = app


def credentials(case: Any, keys: testing.Keys) -> dict[str, str]:
    """The header that an operation asks for, unless its lack is what the case is about."""
    headers = case.meta.components.get(ParameterLocation.HEADER)
    if headers is not None and headers.mode.is_negative:
        return {}
    match case.operation.definition.raw.get("security"):
        case [{"simulator": _}]:
            return testing.SIMULATOR
        case [{"accessToken": _}]:
            return keys.headers(1, "ada")
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
    case: Any, behind: None, keys: testing.Keys
) -> None:
    # To this check nothing but 401 will do; the simulator's contract says 403.
    excluded = [missing_required_header] if case.path.startswith("/api/") else []
    case.call_and_validate(headers=credentials(case, keys), excluded_checks=excluded)


def test_the_routes_are_the_documented_ones(app: Flask) -> None:
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(method, path) for method, path, _ in documented()}
