"""The service against its openapi.yaml: the same routes, and generated requests.

`FUZZ=10000` makes about that many requests; without it a few, always the same ones.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import schemathesis
import yaml
from flask import Flask
from hypothesis import HealthCheck, settings

from chassis import testing
from followers import following, people
from followers.models import run
from followers.people import Person

DOCUMENT = yaml.safe_load((Path(__file__).parents[1] / "openapi.yaml").read_text())
ADA, BOB = Person(1, "ada"), Person(2, "bob")
METHODS = {"get", "put", "post", "delete"}


class Service:
    """Stands for the app while tests are collected; the first that runs puts it behind."""

    app: Flask

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


service = Service()
schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = service
# Credentials are given to each request here; the check `ignored_auth` leaves them out by itself.
schema.config.generation.with_security_parameters = False


def documented() -> Iterator[tuple[str, str, Any]]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS & item.keys():
            shared = {"parameters": item["parameters"]} if "parameters" in item else {}
            yield method.upper(), path, {**shared, **item[method]}


def share_of_each() -> int:
    """Requests for each operation that takes any input; the others need only one."""
    takers = [o for _, _, o in documented() if "requestBody" in o or "parameters" in o]
    return int(os.environ.get("FUZZ", 120)) // len(takers)


@pytest.fixture
def behind(app: Flask, make_users: Callable[[Callable[[str], int | None]], Flask]) -> None:
    """The app, where every other name that can be thought of is somebody's, and ada has friends."""
    everybody = make_users(lambda name: crc32(name.encode()) + 1 if len(name) % 2 else None)
    testing.connect(people.of(app).provider, everybody)
    with app.app_context():
        for one, other in [(ADA, BOB), (BOB, ADA)]:
            following.follow(run, one, other)
    service.app = app


def credentials(case: Any, keys: testing.Keys) -> dict[str, str]:
    """The header that an operation asks for."""
    match case.operation.definition.raw.get("security"):
        case [{"simulator": _}]:
            return testing.SIMULATOR
        case [{"accessToken": _}]:
            return keys.headers(ADA.id, ADA.name)
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
    case.call_and_validate(headers=credentials(case, keys))


def test_the_routes_are_the_documented_ones(app: Flask) -> None:
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(method, path) for method, path, _ in documented()}
