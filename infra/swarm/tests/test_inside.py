"""What runs inside the stack, as the administrator of a managed cluster, who is no superuser but
owns the database and may create roles."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import psycopg2
import pytest
from sqlalchemy import URL, make_url

from chassis.bootstrap import bootstrap
from dev.postgres import Cluster
from infra.swarm import database
from infra.swarm.inside import probe

Perform = Callable[..., None]
MANAGER = (
    "CREATE ROLE landlord LOGIN CREATEROLE PASSWORD 'x'",
    "GRANT pg_monitor TO landlord WITH ADMIN OPTION",
    "CREATE DATABASE rented OWNER landlord",
)


def put(url: URL, *statements: str) -> None:
    """One by one, each committed at once."""
    connection = psycopg2.connect(url.render_as_string(hide_password=False))
    connection.autocommit = True
    for statement in statements:
        connection.cursor().execute(statement)
    connection.close()


def as_(url: URL, role: str, password: str) -> URL:
    return url.set(username=role, password=password)


@pytest.fixture(scope="module")
def managed(postgres: Cluster) -> URL:
    """The administrator's URL."""
    superuser = make_url(postgres.admin_url).set(drivername="postgresql")
    put(superuser, *MANAGER)
    return as_(superuser, "landlord", "x").set(database="rented")


@pytest.fixture
def perform(managed: URL, tmp_path: Path) -> Perform:
    """Runs a verb of roles.py, with what it is told in files."""

    def performed(*words: str, **told: str) -> None:
        told["ADMIN_DATABASE_URL"] = managed.render_as_string(hide_password=False)
        for name, value in told.items():
            (tmp_path / name).write_text(value)
        files = {f"MINITWIT_{name}_FILE": str(tmp_path / name) for name in told}
        _, *command = database.roles(*words)
        subprocess.run([sys.executable, *command], env=os.environ | files, check=True)

    return performed


def test_a_login_is_opened_again_with_a_new_password_and_closed(
    managed: URL, perform: Perform
) -> None:
    role = database.second("rented")
    bootstrap(managed.render_as_string(hide_password=False), "rented", "owner", "service")
    for password in ("first", "second"):
        url = as_(managed, role, password)
        perform("open", "rented", DATABASE_URL=url.render_as_string(hide_password=False))
        put(url, "SELECT 1")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        put(as_(managed, role, "first"), "SELECT 1")
    perform("close", role)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        put(url, "SELECT 1")


def test_a_database_that_is_away_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql+psycopg2://landlord:x@127.0.0.1:1/rented")
    file = {"MINITWIT_ADMIN_DATABASE_URL_FILE": str(tmp_path / "url")}
    _, *command = database.roles("monitor")
    command = [sys.executable, *command]
    done = subprocess.run(command, env=os.environ | file, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("the database can't be asked: connection to server")
    assert "Traceback" not in done.stderr


def test_the_role_that_reads_statistics_is_made_again_with_a_new_password(
    managed: URL, perform: Perform
) -> None:
    for password in ("first", "second"):
        perform("monitor", METRICS_PASSWORD=password)
        put(as_(managed, "metrics", password), "SELECT query FROM pg_stat_activity")


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (b'HTTP/1.0 503 It\r\n\r\n{"reason": "schema is at 0001"}', 503, "schema is at 0001"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\n{}", 0, "no answer: IncompleteRead"),
        (b"no HTTP\r\n\r\n", 0, "no answer: no HTTP"),
        (b"", 0, "no answer: "),
    ],
)
def test_a_replica_that_breaks_off_does_not_hide_what_the_others_say(
    answer: bytes, status: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(probe, "PORT", server.getsockname()[1])

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        said = probe.ask("users", "127.0.0.1")
        thread.join()
    assert (said["service"], said["status"]) == ("users", status)
    assert said["reason"].startswith(reason)
