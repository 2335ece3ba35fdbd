"""Connections to a cluster, and its programs (pg_dump and so on, from the PATH)."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from sqlalchemy import URL, make_url

from infra import trouble
from infra.trouble import Trouble

# A row must have the same text on every server.
_OPTIONS = "-c timezone=UTC -c datestyle=ISO -c bytea_output=hex -c search_path=pg_catalog"
# A lost node does not close its connections: they count as dead after a minute of silence.
_ALIVE = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
# The swarm's commands show the last ten lines of a job that failed.
REASON_LINES = 10
REASON_WIDTH = 500
Connection = psycopg2.extensions.connection
Row = tuple[Any, ...]


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Connect for one transaction, which is committed at the end of the block."""
    connection = psycopg2.connect(_plain(make_url(url)), options=_OPTIONS, connect_timeout=10)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def ask(connection: Connection, query: str, *values: object) -> list[Row]:
    """Execute a statement and return its rows; an empty list if it has none."""
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []


def run(*command: str, url: str | None = None) -> str:
    """Run a program and return what it prints; Trouble with its reason if it fails."""
    arguments, environment = addressed(*command, url=url)
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Trouble(f"{command[0]}: {reason(done.stderr)}")
    return done.stdout


def reason(complaint: str) -> str:
    """The lines that matter of what a program complained about.

    They begin at the first error, which the failed statement may follow; without an error, they
    are the last ones.
    """
    said = complaint.strip().splitlines() or ["no reason given"]
    errors = (number for number, line in enumerate(said) if "error:" in line.lower())
    first = next(errors, max(0, len(said) - REASON_LINES))
    return "\n".join(line[:REASON_WIDTH] for line in said[first : first + REASON_LINES])


def addressed(*command: str, url: str | None) -> tuple[list[str], dict[str, str]]:
    """A command with a cluster's address, and its environment: the password goes in there."""
    if url is None:
        return list(command), dict(os.environ)
    parsed = make_url(url)
    password = {"PGPASSWORD": str(parsed.password)} if parsed.password else {}
    without = URL.create(
        "postgresql", parsed.username, None, parsed.host, parsed.port, parsed.database, parsed.query
    )
    return [*command, f"--dbname={_plain(without)}"], os.environ | password


def with_login(url: str, role: str, password: str) -> str:
    """The URL of the same database for another role."""
    return make_url(url).set(username=role, password=password).render_as_string(hide_password=False)


def exit_status(work: Callable[[], None]) -> int:
    """Run a command of this package and return its exit status."""
    return trouble.exit_status(work, "backup", psycopg2.Error)


def _plain(url: URL) -> str:
    plain = url.set(drivername="postgresql").update_query_dict(_ALIVE)
    return plain.render_as_string(hide_password=False)
