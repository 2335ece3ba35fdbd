"""The service against its openapi.yaml: the same routes, and generated requests."""

from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from flask import Flask
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import missing_required_header

from chassis import testing
from messages.models import Message, db
from tests.documented import Document, served

document = Document(Path(__file__).parents[1] / "openapi.yaml")


class Everybody(dict[str, int]):
    """Every other name that can be thought of is somebody's."""

    def __contains__(self, name: object) -> bool:
        return len(str(name)) % 2 == 1

    def __missing__(self, name: str) -> int:
        return crc32(name.encode()) + 1


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
    document.app = app


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
@document.schema.parametrize()
@document.requests(200)
def test_generated_requests_are_answered_as_documented(
    case: Any, behind: None, keys: testing.Keys
) -> None:
    # To this check nothing but 401 will do; the simulator's contract says 403.
    excluded = [missing_required_header] if case.path.startswith("/api/") else []
    case.call_and_validate(headers=credentials(case, keys), excluded_checks=excluded)


def test_the_routes_are_the_documented_ones(app: Flask) -> None:
    assert served(app) == document.routes()
