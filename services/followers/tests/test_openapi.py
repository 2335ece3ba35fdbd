"""The service against its openapi.yaml: the same routes, and generated requests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from flask import Flask

from chassis import testing
from followers import following, people
from followers.models import run
from followers.people import Person
from tests.documented import Document, served

document = Document(Path(__file__).parents[1] / "openapi.yaml")
# Credentials are given to each request here; the check `ignored_auth` leaves them out by itself.
document.schema.config.generation.with_security_parameters = False
ADA, BOB = Person(1, "ada"), Person(2, "bob")


@pytest.fixture
def behind(app: Flask, make_users: Callable[[Callable[[str], int | None]], Flask]) -> None:
    """The app, where every other name that can be thought of is somebody's, and ada has friends."""
    everybody = make_users(lambda name: crc32(name.encode()) + 1 if len(name) % 2 else None)
    testing.connect(people.of(app).provider, everybody)
    with app.app_context():
        for one, other in [(ADA, BOB), (BOB, ADA)]:
            following.follow(run, one, other)
    document.app = app


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
@document.schema.parametrize()
@document.requests(120)
def test_generated_requests_are_answered_as_documented(
    case: Any, behind: None, keys: testing.Keys
) -> None:
    case.call_and_validate(headers=credentials(case, keys))


def test_the_routes_are_the_documented_ones(app: Flask) -> None:
    assert served(app) == document.routes()
