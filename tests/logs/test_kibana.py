"""The saved objects: made from their source, asking mapped fields alone, finding what they name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.kibana import build
from tests.logs.kql import Query
from tests.logs.said import Said
from tests.logs.template import fields

LINES = build.TARGET.read_text(encoding="utf-8").splitlines()
OBJECTS: dict[str, dict[str, Any]] = {it["id"] + it["type"]: it for it in map(json.loads, LINES)}
SEARCHES = {it["id"]: it for it in OBJECTS.values() if it["type"] == "search"}
RUNBOOK = (Path(__file__).parents[2] / "docs" / "logs.md").read_text(encoding="utf-8")


def queries(told: Any) -> Iterator[str]:
    """Every query text in an object, also in the JSON texts that Kibana keeps in there."""
    if isinstance(told, dict):
        if told.get("language") == "kuery":
            yield told["query"]
        for each in told.values():
            yield from queries(each)
    elif isinstance(told, list):
        for each in told:
            yield from queries(each)
    elif isinstance(told, str) and told.startswith(("{", "[")):
        yield from queries(json.loads(told))


def sources(told: Any) -> Iterator[str]:
    """Every field that a panel draws."""
    if isinstance(told, dict):
        yield from (told[key] for key in told if key == "sourceField")
        for each in told.values():
            yield from sources(each)


def query_of(search: str) -> str:
    (found,) = queries(SEARCHES[search])
    return found


def test_the_file_is_made_from_its_source() -> None:
    """`python -m infra.kibana.build` makes it anew."""
    assert build.TARGET.read_text(encoding="utf-8") == build.text()
    assert len(OBJECTS) == len(LINES)


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_asks_and_shows_fields_that_are_mapped(name: str) -> None:
    told = OBJECTS[name]
    asked = {field for text in queries(told) for field in Query(text).fields}
    shown = {*told["attributes"].get("columns", []), *sources(told["attributes"])}
    shown |= {field for field, _ in told["attributes"].get("sort", [])}
    assert asked | shown - {"___records___"} <= fields().keys()


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_refers_to_what_is_there_before_it(name: str) -> None:
    before = list(OBJECTS)[: list(OBJECTS).index(name)]
    for told in OBJECTS[name]["references"]:
        assert told["id"] + told["type"] in before


@pytest.mark.parametrize("search", sorted(SEARCHES.keys() - {"minitwit-others"}))
def test_a_saved_search_finds_lines_of_the_real_system(said: Said, search: str) -> None:
    assert said.selected(query_of(search))


def test_the_search_for_a_request_needs_but_its_id(said: Said) -> None:
    template = query_of("minitwit-request")
    assert template == "http.request.id : *"
    found = said.selected(template.replace("*", f'"{said.sown.failed}"'))
    assert {each["http.request.id"] for each in found} == {said.sown.failed}
    assert SEARCHES["minitwit-request"]["attributes"]["sort"] == [["event.start", "asc"]]


def test_addresses_are_in_the_lines_in_which_an_operator_looks_for_them(said: Said) -> None:
    assert all(each.get("client.ip") for each in said.selected(query_of("minitwit-logins")))


def test_slow_is_what_the_simulator_does_not_wait_for() -> None:
    assert f">= {300 * 10**6}" in query_of("minitwit-slow")


@pytest.mark.parametrize("search", SEARCHES)
def test_the_documentation_names_every_search(search: str) -> None:
    assert SEARCHES[search]["attributes"]["title"] in RUNBOOK
    assert 'http.request.id : "' in RUNBOOK
