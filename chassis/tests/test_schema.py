"""A service with a schema of its own: roles, migrations, readiness, `latest`."""

import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from chassis import access, breaker, database, migrate, probes, statements
from chassis import bootstrap as bootstrapping
from chassis.bootstrap import bootstrap
from chassis.config import DatabaseConfig, DatabaseUrl, PublicKeys
from chassis.testing import SIMULATOR, Keys, latest
from dev.postgres import Cluster
from tests.system import PATIENCE

MIGRATIONS = Path(__file__).parent / "example" / "migrations"
CANARY = "canary"


@pytest.fixture
def client(rooted: FlaskClient) -> FlaskClient:
    return rooted


@pytest.mark.contract("A.2 Recorded first, before authorization and validation")
def test_latest_is_recorded_whatever_the_answer_is(client: FlaskClient) -> None:
    for number, (method, path, status) in enumerate(
        [("POST", "/api/things", 403), ("POST", "/api/nowhere", 404), ("GET", "/api/things", 405)]
    ):
        assert (
            client.open(path, method=method, query_string={"latest": number}).status_code == status
        )
        assert latest(client) == number


@pytest.mark.contract("A.2 Last write wins; it is no maximum; 0 is legal")
def test_the_last_latest_wins(client: FlaskClient) -> None:
    for value in (1337, 1, 0, -7, 2**62, "0" * 30 + "42"):
        client.post("/api/things", query_string={"latest": value})
        assert latest(client) == int(value)


@pytest.mark.contract("A.2 -1 means absent; missing, empty or no integer: ignored")
@pytest.mark.parametrize("value", ["-1", "", "x", "1.5", "1_0", "٣", "9" * 19, "9" * 5000, "0x1"])
def test_what_is_no_latest_is_ignored(client: FlaskClient, value: str) -> None:
    client.post("/api/things", query_string={"latest": 5})
    answer = client.post("/api/things", query_string={"latest": value}, headers=SIMULATOR)
    assert answer.status_code == 200
    assert latest(client) == 5


def test_nothing_is_recorded_off_the_simulators_routes(client: FlaskClient) -> None:
    client.get("/outside?latest=5")
    assert client.get("/simulator/latest").get_json() == {"latest": None, "recorded_at": None}


@pytest.mark.contract("A.1 Credentials; wrong or missing on a protected route: 403")
@pytest.mark.parametrize(
    "value", [None, "", "Basic", "Basic eDp5", "Bearer x", "basic c2ltdWxhdG9yOnN1cGVyX3NhZmUh="]
)
def test_wrong_credentials_are_forbidden(client: FlaskClient, value: str | None) -> None:
    answer = client.post("/api/things", headers={"Authorization": value} if value else {})
    assert (answer.status_code, answer.get_json()) == (
        403,
        {"status": 403, "error_msg": "You are not authorized to use this resource!"},
    )


@pytest.mark.contract("A.5 no: default 100; no integer: default; 0; clamped")
@pytest.mark.parametrize(
    ("no", "count"),
    [
        (None, 100),
        ("", 100),
        ("x", 100),
        ("0", 0),
        ("7", 7),
        ("-3", 0),
        ("1001", 1000),
        ("9" * 99, 1000),
        ("0" * 30, 0),
        ("0" * 30 + "7", 7),
    ],
)
def test_no_says_how_many(client: FlaskClient, no: str | None, count: int) -> None:
    query = {} if no is None else {"no": no}
    answer = client.post("/api/things", query_string=query, headers=SIMULATOR)
    assert answer.get_json() == {"count": count}


def test_a_service_is_ready_at_its_own_migration_or_a_newer_one(client: FlaskClient) -> None:
    assert client.get("/readyz").status_code == 200
    assert client.get("/version").get_json()["schema_version"] == "0001"
    client.application.extensions[database.WANTED_MIGRATION] = "0000"
    assert client.get("/readyz").status_code == 200
    client.application.extensions[database.WANTED_MIGRATION] = "0002"
    assert "needs 0002" in client.get("/readyz").get_json()["reason"]


def test_a_service_without_any_migration_is_not_ready(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "current_migration", lambda _: None)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reason"] == "schema is at None, this version needs 0001"


def test_a_migration_added_after_startup_does_not_affect_readiness(
    client: FlaskClient, urls: Any, keys: Keys, tmp_path: Path
) -> None:
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    app = Flask("example", root_path=str(tmp_path / "example"))
    config = DatabaseConfig(
        database_url=DatabaseUrl(urls.service_url), token_public_keys=PublicKeys(keys.jwks)
    )
    db = database.schema("example")
    database.init_app(app, db, config)
    probes.init_app(app, config, db)
    (tmp_path / "migrations" / "versions" / "0009_later.py").touch()
    assert app.test_client().get("/readyz").status_code == 200


def test_a_service_that_its_database_refuses_says_so_each_time(urls: Any, keys: Keys) -> None:
    url = make_url(urls.service_url).set(password="wrong").render_as_string(hide_password=False)
    app = Flask("example")
    config = DatabaseConfig(database_url=DatabaseUrl(url), token_public_keys=PublicKeys(keys.jwks))
    db = database.schema("example")
    database.init_app(app, db, config)
    probes.init_app(app, config, db)
    for _ in range(2):
        said = app.test_client().get("/readyz").get_json()["reason"]
        assert said == 'database: password authentication failed for user "example_service"'


def test_without_its_database_a_service_is_alive_but_not_ready(stranded: FlaskClient) -> None:
    assert stranded.get("/healthz").status_code == 200
    assert stranded.get("/readyz").status_code == 503
    assert stranded.get("/version").get_json()["schema_version"] is None


def test_without_its_database_a_request_is_told_to_come_back(stranded: FlaskClient) -> None:
    answer = stranded.post("/api/things?latest=3", headers=SIMULATOR)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.get_json()["status"] == 503


def test_a_lost_database_is_not_asked_for_again_by_each_request(
    stranded: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "monotonic", lambda: 1.0)
    for _ in range(2):
        assert stranded.post("/api/things?latest=3", headers=SIMULATOR).status_code == 503
    assert caplog.text.count("Connection refused") == 1
    assert "a moment ago" in caplog.text


def test_connections_lost_in_a_restart_are_made_anew(
    client: FlaskClient, close_connections: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "LIVELY_SECONDS", 0.0)
    client.post("/api/things?latest=1")
    close_connections()
    assert client.post("/api/things?latest=2", headers=SIMULATOR).status_code == 200
    assert latest(client) == 2


def test_a_failing_statement_does_not_log_its_values(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    @client.application.get("/failing")
    def failing() -> str:
        db = client.application.extensions["sqlalchemy"]
        value = CANARY
        db.session.execute(text("SELECT 1 / (length(:value) - 6)"), {"value": value})
        return ""

    assert client.get("/failing").status_code == 500
    assert "division by zero" in caplog.text
    assert CANARY not in caplog.text


def test_the_runtime_role_can_change_rows_and_nothing_else(urls: Any) -> None:
    refused = [
        "CREATE TABLE example.more (id int)",
        "ALTER TABLE example.latest ADD COLUMN more int",
        "DROP TABLE example.latest",
        "TRUNCATE example.latest",
        "UPDATE example.alembic_version SET version_num = '0'",
        "CREATE TABLE public.more (id int)",
        "CREATE TEMPORARY TABLE more (id int)",
        "CREATE SCHEMA more",
    ]
    url = make_url(urls.service_url).set(drivername="postgresql")
    connection = psycopg2.connect(url.render_as_string(hide_password=False))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in refused:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
        cursor.execute("SELECT version_num FROM example.alembic_version")
    connection.close()


RIGHTS = (
    "SELECT * FROM pg_roles ORDER BY rolname",
    "SELECT * FROM pg_namespace ORDER BY nspname",
    "SELECT * FROM pg_default_acl ORDER BY oid",
    "SELECT * FROM pg_auth_members ORDER BY oid",
    "SELECT * FROM pg_db_role_setting ORDER BY setdatabase, setrole",
)


def rights(admin_url: str) -> list[list[Any]]:
    """Everything about roles but their passwords."""
    engine = create_engine(admin_url)
    with engine.connect() as connection:
        found = [[*connection.execute(text(statement))] for statement in RIGHTS]
    engine.dispose()
    return found


def test_bootstrapping_again_changes_only_the_password(urls: Any) -> None:
    before = rights(urls.admin_url)
    url = make_url(urls.service_url).set(drivername="postgresql", password="another")
    try:
        bootstrap(urls.admin_url, "example", "owner", "another")
        psycopg2.connect(url.render_as_string(hide_password=False)).close()
        assert rights(urls.admin_url) == before
    finally:
        bootstrap(urls.admin_url, "example", "owner", "service")


STARTING = "FATAL:  the database system is starting up"
REPLAYING = "FATAL:  the database system is not yet accepting connections"


def turn_away(monkeypatch: pytest.MonkeyPatch, *refusals: str) -> Iterator[str]:
    """Whoever connects for bootstrap, with these words; those that nobody has heard."""
    left, connect = iter(refusals), psycopg2.connect

    def connected(url: str) -> Any:
        for words in left:
            raise psycopg2.OperationalError(words)
        return connect(url)

    monkeypatch.setattr(psycopg2, "connect", connected)
    monkeypatch.setattr(bootstrapping, "PAUSE_SECONDS", 0.0)
    return left


def test_a_server_that_replays_its_wal_is_waited_for(
    urls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = turn_away(monkeypatch, STARTING, REPLAYING)
    bootstrap(urls.admin_url, "example", "owner", "service")
    assert list(left) == []


@pytest.mark.parametrize(
    ("refusal", "patience"), [("FATAL:  password authentication failed", 60.0), (STARTING, -1.0)]
)
def test_a_server_that_refuses_or_never_starts_is_told_of(
    refusal: str, patience: float, urls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrapping, "PATIENCE_SECONDS", patience)
    left = turn_away(monkeypatch, refusal, STARTING)
    with pytest.raises(psycopg2.OperationalError, match=refusal):
        bootstrap(urls.admin_url, "example", "owner", "service")
    assert list(left) == [STARTING]


def test_a_migration_that_waits_for_too_long_for_another_gives_up(
    urls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one comes while the first one is at work, and waits for no time at all."""
    refused: list[bool] = []
    patiently = migrate._patiently

    def meanwhile(connection: Connection, action: Any) -> None:
        monkeypatch.setattr(migrate, "_patiently", patiently)
        with monkeypatch.context() as patch:
            patch.setattr(migrate, "LOCK_WAIT_SECONDS", -1.0)
            with pytest.raises(migrate.Busy, match="another migration of example is running"):
                migrate.upgrade(MIGRATIONS, "example", urls.owner_url)
        refused.append(True)
        patiently(connection, action)

    monkeypatch.setattr(migrate, "_patiently", meanwhile)
    migrate.upgrade(MIGRATIONS, "example", urls.owner_url)
    assert refused == [True]


def test_two_concurrent_migrations_wait_for_each_other(
    urls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[Exception] = []
    has_waited = threading.Event()
    sleep = migrate.time.sleep

    def wait(seconds: float) -> None:
        has_waited.set()
        sleep(seconds)

    monkeypatch.setattr(migrate.time, "sleep", wait)
    engine = create_engine(urls.owner_url)
    with engine.connect() as holder:
        holder.execute(text("SELECT pg_advisory_lock(hashtext('minitwit'), hashtext('example'))"))
        second = threading.Thread(target=_upgrade, args=(urls.owner_url, failures))
        second.start()
        assert has_waited.wait(PATIENCE)
    engine.dispose()
    second.join(PATIENCE)
    assert not second.is_alive()
    assert failures == []


LATER = """
from alembic import op
revision, down_revision = "0002", "0001"
def upgrade():
    op.execute("CREATE TABLE example.made (id integer)")
    op.execute("ALTER TABLE example.latest ADD COLUMN note text")
def downgrade():
    op.execute("ALTER TABLE example.latest DROP COLUMN note")
    op.execute("DROP TABLE example.made")
"""


@pytest.fixture
def later(urls: Any, tmp_path: Path) -> Iterator[Path]:
    """Migrations of which the newest, not made yet, changes a table that is in use."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / "0002_note.py").write_text(LATER)
    yield folder
    migrate.downgrade(folder, "example", urls.owner_url, "0001")


@pytest.fixture
def reader(urls: Any) -> Iterator[Connection]:
    """Somebody who reads the table for a long time, as a dump does."""
    engine = create_engine(urls.owner_url)
    with engine.connect() as connection:
        connection.execute(text("LOCK TABLE example.latest IN ACCESS SHARE MODE"))
        yield connection
    engine.dispose()


def test_a_migration_holds_nobody_up_while_it_waits_for_a_table(
    urls: Any, later: Path, reader: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        others = create_engine(urls.service_url, poolclass=NullPool)
        with others.connect() as other:
            other.execute(text("SET lock_timeout = '1ms'"))
            other.execute(text("SELECT * FROM example.latest"))
        if len(pauses) == 2:
            reader.rollback()

    monkeypatch.setattr(migrate.time, "sleep", pause)
    migrate.upgrade(later, "example", urls.owner_url)
    assert pauses == [migrate.PAUSE_SECONDS] * 2
    assert reader.execute(text("SELECT note FROM example.latest")).all() == []


def test_a_migration_gives_up_on_a_table_that_is_held_for_long(
    urls: Any, later: Path, reader: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = itertools.count(step=migrate.LOCK_WAIT_SECONDS)
    monkeypatch.setattr(migrate.time, "monotonic", lambda: next(moments))
    monkeypatch.setattr(migrate.time, "sleep", lambda _: None)
    with pytest.raises(OperationalError, match="lock timeout"):
        migrate.upgrade(later, "example", urls.owner_url)
    reader.rollback()
    assert reader.execute(text("SELECT to_regclass('example.made')")).scalar() is None
    migrate.upgrade(later, "example", urls.owner_url)


def test_a_migrations_lock_timeout_is_shorter_than_the_simulators() -> None:
    assert timedelta(milliseconds=int(migrate.LOCK_TIMEOUT.removesuffix("ms"))) < timedelta(
        seconds=access.LATE_SECONDS
    )


def _upgrade(url: str, failures: list[Exception]) -> None:
    try:
        migrate.upgrade(MIGRATIONS, "example", url)
    except Exception as error:
        failures.append(error)


def test_a_managed_clusters_administrator_may_bootstrap_again(postgres: Cluster) -> None:
    """Such an administrator owns the database and may create roles, but is not a superuser."""
    server = make_url(postgres.admin_url).set(drivername="postgresql")
    connection = psycopg2.connect(server.render_as_string(hide_password=False))
    connection.autocommit = True
    connection.cursor().execute("CREATE ROLE manager LOGIN CREATEROLE PASSWORD 'x'")
    connection.cursor().execute("CREATE DATABASE managed OWNER manager")
    connection.close()
    manager = server.set(username="manager", password="x", database="managed")
    for password in ("first", "second"):
        bootstrap(manager.render_as_string(hide_password=False), "managed", password, password)
    service = manager.set(username="managed_service", password="second")
    psycopg2.connect(service.render_as_string(hide_password=False)).close()
