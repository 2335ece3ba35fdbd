"""What /metrics tells of any service, with and without its database."""

from math import inf
from socket import gethostname
from typing import Any

import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url

from chassis import access
from chassis.testing import SIMULATOR, growth, series


def answers(client: FlaskClient, before: dict[str, float]) -> dict[str, float]:
    """How many answers the simulator got since, by action and kind."""
    return {
        name.removeprefix("minitwit_simulator_answers_total"): value
        for name, value in growth(client, before).items()
        if name.startswith("minitwit_simulator_answers_total")
    }


def test_a_request_is_counted_by_its_route(client: FlaskClient) -> None:
    before = series(client)
    client.get("/things/1")
    client.get("/things/2")
    client.get("/nowhere/3")
    grown = growth(client, before)
    name = "minitwit_http_request_duration_seconds"
    known = 'method="GET",status="200",url_rule="/things/<id:number>"'
    assert grown[f"{name}_count{{{known}}}"] == 2
    assert grown[f'{name}_count{{method="GET",status="404",url_rule="(none)"}}'] == 1
    assert f'{name}_bucket{{le="0.3",{known}}}' in series(client)


def test_whatever_a_client_calls_its_method_is_one_series(client: FlaskClient) -> None:
    before = series(client)
    for method in ("BREW", "PROPFIND", "X" * 99):
        client.open("/things/1", method=method)
    name = "minitwit_http_request_duration_seconds_count"
    assert growth(client, before)[f'{name}{{method="other",status="405",url_rule="(none)"}}'] == 3


def test_probes_and_scrapes_are_not_counted(client: FlaskClient) -> None:
    before = series(client)
    client.get("/healthz")
    client.get("/readyz")
    assert not [name for name in growth(client, before) if "http_request" in name]


def test_answers_to_the_simulator_are_counted_by_what_was_wrong(client: FlaskClient) -> None:
    before = series(client)
    for path in ("/api/teapot", "/api/unavailable", "/api/broken", "/api/nowhere", "/teapot"):
        client.get(path)
    assert answers(client, before) == {
        '{action="pour",kind="bad-request"}': 1,
        '{action="pour",kind="unavailable"}': 1,
        '{action="pour",kind="error"}': 1,
    }


def test_failures_are_counted_from_nought(app: Flask, client: FlaskClient) -> None:
    """Prometheus sees no increase in a series that begins with the first of them."""
    access.begin(app)
    told = series(client)
    count = "minitwit_http_request_duration_seconds_count"
    assert f'{count}{{method="GET",status="503",url_rule="/things/<id:number>"}}' in told
    assert not [name for name in told if 'status="503",url_rule="/healthz"' in name]
    for kind in ("unavailable", "error"):
        assert f'minitwit_simulator_answers_total{{action="pour",kind="{kind}"}}' in told


def test_an_answer_after_the_simulator_has_left_is_late(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = 'minitwit_simulator_late_total{action="pour"}'
    for limit, count in ((inf, 0), (0.0, 1)):
        monkeypatch.setattr(access, "LATE_SECONDS", limit)
        before = series(client)
        client.get("/api/teapot")
        assert growth(client, before).get(late, 0) == count


def test_the_machine_is_told(client: FlaskClient) -> None:
    told = series(client)
    assert 0 <= told['minitwit_machine_cpu_ratio{node="node1"}'] <= 1
    for what in ("memory", "disk"):
        used, total = (
            told[f'minitwit_machine_{what}_bytes{{node="node1",state="{state}"}}']
            for state in ("used", "total")
        )
        assert 0 < used <= total
    assert told['minitwit_machine_uptime_seconds{node="node1"}'] > 0
    assert told["process_start_time_seconds"] > 1e9
    build = 'minitwit_build{commit="unknown",service="chassis",version="0.0.0+dev"}'
    assert told[build] == 1


def test_the_simulators_newest_request_is_told(rooted: FlaskClient) -> None:
    assert "minitwit_simulator_latest" not in series(rooted)
    rooted.post("/api/things?latest=42")
    rooted.post("/api/things?latest=41", headers=SIMULATOR)
    told = series(rooted)
    assert told["minitwit_simulator_latest"] == 41
    assert told["minitwit_simulator_last_request_timestamp_seconds"] > 1e9


def test_wrong_credentials_are_counted_as_such(rooted: FlaskClient) -> None:
    before = series(rooted)
    rooted.post("/api/things")
    rooted.post("/api/things", headers=SIMULATOR)
    assert answers(rooted, before) == {
        '{action="thing",kind="unauthorized"}': 1,
        '{action="thing",kind="ok"}': 1,
    }


def test_pool_metrics_are_exported_and_a_scrape_uses_no_connection(rooted: FlaskClient) -> None:
    rooted.post("/api/things?latest=1")
    told = series(rooted)
    assert told['minitwit_database_pool_connections{state="in_use"}'] == 0
    assert told['minitwit_database_pool_connections{state="idle"}'] == 1
    assert told["minitwit_database_pool_size"] == 8


def test_an_exhausted_pool_is_counted_and_metrics_still_work(rooted: FlaskClient) -> None:
    app = rooted.application
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    held = [engine.connect() for _ in range(engine.pool.size())]
    engine.pool._timeout = 0
    before = series(rooted)
    assert before['minitwit_database_pool_connections{state="in_use"}'] == 8
    assert "example_rows" in before
    assert rooted.post("/api/things?latest=1", headers=SIMULATOR).status_code == 503
    assert growth(rooted, before)["minitwit_database_pool_timeouts_total"] == 1
    for connection in held:
        connection.close()


def test_rows_are_told_as_the_database_reckons(rooted: FlaskClient, urls: Any) -> None:
    rooted.post("/api/things?latest=1")
    owner = make_url(urls.owner_url).set(drivername="postgresql")
    connection = psycopg2.connect(owner.render_as_string(hide_password=False))
    connection.cursor().execute("ANALYZE example.latest")
    connection.commit()
    connection.close()
    assert series(rooted)["example_rows"] == 1


@pytest.mark.parametrize("lost", ["stranded", "ignored"])
def test_without_its_database_a_service_tells_the_rest(
    request: pytest.FixtureRequest, lost: str
) -> None:
    told = series(request.getfixturevalue(lost))
    assert f'minitwit_machine_load1{{node="{gethostname()}"}}' in told
    assert not {"example_rows", "minitwit_simulator_latest"} & set(told)
