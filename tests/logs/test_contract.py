"""The log contract: Elasticsearch would take every line of every process; none tells a secret."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dev.services import NAMES
from tests.logs.said import Said
from tests.logs.template import Document, fields, flat, problems
from tests.people import PASSWORD

ALWAYS = {
    "@timestamp", "log.level", "message", "ecs.version", "service.name", "event.dataset",
}  # fmt: skip
LEVELS = {"debug", "info", "warning", "error", "critical"}
PROCESSES = {*NAMES, "gateway", "postgres", "runner"}


def test_every_line_is_a_document_that_elasticsearch_takes(said: Said) -> None:
    wrong: Counter[str] = Counter()
    for name, line in said.lines:
        try:
            document = json.loads(line)
        except ValueError:
            wrong[f"{name}: no JSON: {line[:200]}"] += 1
            continue
        wrong.update(f"{name}: {problem}" for problem in problems(document))
        wrong.update(f"{name}: no {field}" for field in ALWAYS - dict(flat(document)).keys())
    assert wrong == Counter()


def test_every_process_spoke_and_told_what_it_is(said: Said) -> None:
    starts = [each for each in said.documents if each.get("event.action") == "started"]
    assert {each["service.name"] for each in said.documents} == PROCESSES
    assert {each["service.name"] for each in starts} == PROCESSES
    assert all(each["log.level"] in LEVELS for each in said.documents)
    own = {each["service.name"] for each in starts if each.get("minitwit.commit")}
    assert own == PROCESSES - {"postgres"}


def test_every_kind_of_line_was_among_them(said: Said) -> None:
    kinds = Counter(str(each["event.dataset"]) for each in said.documents)
    assert {"gateway.access", "gateway.error", "postgres.log", "runner.events"} <= kinds.keys()
    assert {"users.access", "messages.access", "followers.access", "web.access"} <= kinds.keys()
    assert said.selected('event.action : "login-failed"')
    assert said.selected('service.name : "postgres" and log.level : "error"')
    of_simulator = said.selected("minitwit.simulator.kind : *")
    kinds_told = {each["minitwit.simulator.kind"] for each in of_simulator}
    assert {"unauthorized", "unknown-user", "bad-request", "unavailable"} <= kinds_told


def test_no_line_tells_what_people_entrust(said: Said) -> None:
    assert said.sown.secrets.keys() >= {"password", "token", "email", "text", "cookie"}
    everything_said = "\n".join(line for _, line in said.lines)
    for kind, secret in {**said.sown.secrets, "simulator": "super_safe", "pwd": PASSWORD}.items():
        assert secret not in everything_said, kind
    assert "eyJ" not in everything_said


@pytest.mark.parametrize("page", ["failed", "well"])
def test_one_query_selects_a_requests_lines_in_order(said: Said, page: str) -> None:
    """From the id on an error page to the lines of all who were asked, as docs/logs.md tells."""
    request_id = getattr(said.sown, page)
    found = sorted(said.selected(f'http.request.id : "{request_id}"'), key=began)
    lines = [json.loads(line) for _, line in said.lines if request_id in line]
    assert sorted(map(str, found)) == sorted(map(str, lines))
    assert [each["service.name"] for each in found[:2]] == ["gateway", "web"]
    assert {each["service.name"] for each in found} >= {"gateway", "web", "users"}
    if page == "failed":
        assert found[0]["http.response.status_code"] == 503
        assert any(each["message"].startswith("unavailable: messages") for each in found)


def began(document: Document) -> Any:
    """What the ingest pipeline calls event.start: a request's line is written at its end."""
    written = datetime.fromisoformat(document["@timestamp"]).astimezone(UTC)
    took = timedelta(microseconds=document.get("event.duration", 0) / 1000)
    return written - took, document["service.name"] != "gateway"


def test_the_template_maps_no_field_twice() -> None:
    names = sorted(fields())
    assert not [name for name in names for other in names if other.startswith(f"{name}.")]
