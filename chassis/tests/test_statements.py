"""Statements that take effect by themselves, and the connections they travel on."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine

from chassis import statements
from chassis.http_client import READ_SECONDS
from chassis.testing import SIMULATOR, recorded

PID = "SELECT pg_backend_pid()"
SETTINGS = {
    "idle_in_transaction_session_timeout": "10s",
    "jit": "off",
    "lock_timeout": "1s",
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": "1500ms",
    "TimeZone": "UTC",
}
# Whatever the server's own files say.
TOLD = """
    SELECT name, current_setting(name) FROM pg_settings
    WHERE source = 'client' AND name = ANY(%(names)s)
"""


@pytest.fixture
def engine(urls: Any) -> Iterator[Engine]:
    """One connection, as services have eight."""
    engine = create_engine(urls.service_url, pool_size=1, max_overflow=0, pool_reset_on_return=None)
    statements.refuse_dead_connections(engine)
    statements.let_sessions_transact(engine)
    yield engine
    engine.dispose()


def test_rows_are_tuples_and_no_rows_are_an_empty_list(engine: Engine) -> None:
    assert statements.run(engine, "SELECT %(a)s, 2", {"a": "one"}) == [("one", 2)]
    assert statements.run(engine, "SELECT 1 WHERE false") == []
    assert statements.run(engine, "SET LOCAL lock_timeout = '1s'") == []


def test_a_statement_times_out_before_its_caller_does(rooted: FlaskClient) -> None:
    db = rooted.application.extensions["sqlalchemy"]
    setting = "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'"
    with rooted.application.app_context():
        [(milliseconds,)] = statements.run(db.engine, setting)
    assert 0 < milliseconds < 1000 * READ_SECONDS


def test_a_service_tells_the_server_how_to_serve_it(rooted: FlaskClient) -> None:
    db = rooted.application.extensions["sqlalchemy"]
    with rooted.application.app_context():
        assert dict(statements.run(db.engine, TOLD, {"names": list(SETTINGS)})) == SETTINGS


def test_a_connection_is_made_anew_after_ten_minutes(
    rooted: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, clock = rooted.application.extensions["sqlalchemy"], SimpleNamespace(now=time.time())
    monkeypatch.setattr("sqlalchemy.pool.base.time", SimpleNamespace(time=lambda: clock.now))
    with rooted.application.app_context():
        db.engine.dispose()
        first = statements.run(db.engine, PID)
        clock.now += 600
        assert statements.run(db.engine, PID) == first
        clock.now += 1
        assert statements.run(db.engine, PID) != first


def test_a_clock_that_is_set_back_after_a_restart_makes_no_connection_anew(
    rooted: FlaskClient, close_connections: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, clock = rooted.application.extensions["sqlalchemy"], SimpleNamespace(now=time.time())
    monkeypatch.setattr("sqlalchemy.pool.base.time", SimpleNamespace(time=lambda: clock.now))
    monkeypatch.setattr(statements, "LIVELY_SECONDS", 0.0)
    with rooted.application.app_context():
        first = statements.run(db.engine, PID)
        close_connections()
        assert statements.run(db.engine, PID) != first
        clock.now -= 60
        with db.engine.connect():
            second = statements.run(db.engine, PID)
            assert statements.run(db.engine, PID) == second


def test_each_of_several_statements_can_be_its_own_transaction(engine: Engine) -> None:
    change = "DELETE FROM example.latest; INSERT INTO example.latest (value) VALUES (8)"
    with pytest.raises(psycopg2.errors.DivisionByZero):
        statements.run(engine, f"BEGIN; {change}; COMMIT; SELECT 1 / 0")
    assert statements.run(engine, "SELECT value FROM example.latest") == [(8,)]


def test_a_session_on_the_same_connection_has_transactions(engine: Engine) -> None:
    [(pid,)] = statements.run(engine, PID)
    with engine.connect() as connection:
        assert connection.exec_driver_sql(PID).scalar_one() == pid
        first = connection.exec_driver_sql("SELECT txid_current()").scalar_one()
        assert connection.exec_driver_sql("SELECT txid_current()").scalar_one() == first


@pytest.mark.parametrize(
    "statement", ["SELECT 1 / 0", "BEGIN; SELECT 1 / 0; COMMIT", "SELECT %(x)s"]
)
def test_a_connection_on_which_something_failed_is_not_used_again(
    engine: Engine, statement: str
) -> None:
    before = statements.run(engine, PID)
    with pytest.raises((psycopg2.Error, KeyError)):
        statements.run(engine, statement, {})
    assert statements.run(engine, PID) != before


def test_each_connection_prepares_a_statement_once(engine: Engine) -> None:
    statement = statements.Prepared("SELECT %(a)s::int, %(b)s, %(a)s")
    names = "SELECT name FROM pg_prepared_statements ORDER BY name"
    for value in (1, 2):
        values = {"a": value, "b": "%s"}
        assert statements.run(engine, statement, values) == [(value, "%s", value)]
        assert statements.run(engine, names) == [("s0",)]
    engine.dispose()
    assert statements.run(engine, names) == []
    assert statements.run(engine, statement, {"a": 3, "b": "c"}) == [(3, "c", 3)]


def test_uncommitted_changes_of_a_session_are_rolled_back(engine: Engine) -> None:
    [(pid,)] = statements.run(engine, PID)
    with engine.connect() as connection:
        connection.exec_driver_sql("DELETE FROM example.latest")
        connection.exec_driver_sql("INSERT INTO example.latest (value) VALUES (9)")
    assert statements.run(engine, PID) == [(pid,)]
    assert (9,) not in statements.run(engine, "SELECT value FROM example.latest")


def test_a_connection_that_the_server_has_closed_is_not_given_out(
    engine: Engine, close_connections: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "LIVELY_SECONDS", 0.0)
    before = statements.run(engine, PID)
    close_connections()
    assert statements.run(engine, PID) != before
    close_connections()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_recording_latest_costs_no_extra_round_trip(rooted: FlaskClient) -> None:
    db = rooted.application.extensions["sqlalchemy"]
    for number, headers in enumerate(({}, SIMULATOR)):
        with rooted.application.app_context(), recorded(db) as sent:
            rooted.post("/api/stored", query_string={"latest": number}, headers=headers)
        assert [each.autocommit for each in sent] == [True]
        assert rooted.get("/simulator/latest").get_json()["latest"] == number


def test_only_latest_may_be_lost_in_a_server_crash(rooted: FlaskClient) -> None:
    """What else is written on the same connection, then or later, is on the disk."""
    db, durable = rooted.application.extensions["sqlalchemy"], "SHOW synchronous_commit"
    with rooted.application.app_context():
        statements.run(db.engine, "SET synchronous_commit = on")
        before = statements.run(db.engine, PID)
    rooted.post("/api/things?latest=5", headers=SIMULATOR)
    with rooted.application.app_context():
        assert statements.run(db.engine, durable) == [("on",)]
        assert statements.run(db.engine, PID) == before
