"""What operators see: one line for each request, its id, metrics by route, no secret."""

import logging
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from chassis.logs import EcsFormatter
from chassis.testing import Keys

ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What the process writes, as documents."""
    written: list[dict[str, Any]] = []
    formatter = EcsFormatter("example", "1.2.3", "test")

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(orjson.loads(formatter.format(record)))

    caplog.set_level(logging.INFO)
    handler = Collect()
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_a_request_is_one_line(client: FlaskClient, keys: Keys, lines: list[Any]) -> None:
    client.get("/whoami?secret=1", headers={**keys.headers(7, "Ada"), "X-Request-ID": ID})
    (line,) = lines
    assert line["http.request.id"] == ID
    assert line["minitwit.route"] == "/whoami"
    assert line["http.response.status_code"] == 200
    assert line["user.id"] == "7"
    assert (line["service.name"], line["service.version"]) == ("example", "1.2.3")
    assert (line["log.level"], line["event.dataset"]) == ("info", "example.access")
    assert line["@timestamp"].endswith("Z")
    assert line["event.duration"] > 0
    assert "secret" not in orjson.dumps(line).decode()


def test_an_id_is_made_where_none_of_the_right_form_came(client: FlaskClient) -> None:
    made = client.get("/things/1", headers={"X-Request-ID": "<script>"}).headers["X-Request-ID"]
    assert len(made) == 32
    assert int(made, 16)


def test_a_fault_is_logged_with_its_trace(client: FlaskClient, lines: list[Any]) -> None:
    client.get("/broken", headers={"X-Request-ID": ID})
    fault = next(line for line in lines if "error.type" in line)
    assert (fault["error.type"], fault["http.request.id"]) == ("RuntimeError", ID)
    assert "in broken" in fault["error.stack_trace"]


def test_an_error_towards_the_simulator_is_told_by_what_was_wrong(
    client: FlaskClient, lines: list[Any]
) -> None:
    client.get("/api/teapot")
    client.get("/teapot")
    client.get("/api/nowhere")
    names = ("minitwit.simulator.action", "minitwit.simulator.kind")
    told = [tuple(line.get(name) for name in names) for line in lines]
    assert told == [("pour", "bad-request"), (None, None), (None, None)]


def test_text_with_lone_surrogates_is_still_logged(lines: list[Any]) -> None:
    logging.getLogger("any").warning("half of a pair: \ud83d", extra={"url.path": "/\udcff"})
    (line,) = lines
    assert (line["message"], line["url.path"]) == ("half of a pair: ?", "/?")
    assert line["event.dataset"] == "example.events"


def test_probes_write_no_line(client: FlaskClient, lines: list[Any]) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    client.get("/metrics")
    assert lines == []


def test_version_tells_what_is_running(client: FlaskClient) -> None:
    assert set(client.get("/version").get_json()) == {
        "service",
        "version",
        "commit",
        "built_at",
        "schema_version",
    }


def test_series_grow_with_routes_and_not_with_paths(client: FlaskClient) -> None:
    client.get("/things/1")
    client.get("/nowhere/1")
    before = len(client.get("/metrics").data.splitlines())
    for number in range(200):
        client.get(f"/things/{number}")
        client.get(f"/nowhere/{number}")
    assert len(client.get("/metrics").data.splitlines()) == before
