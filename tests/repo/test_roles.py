"""What a service's runtime role may do in the cluster: its own schema's rows, and nothing else."""

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import psycopg2
import pytest
from sqlalchemy import make_url

from dev.services import SCHEMAS

Connect = Callable[[str], Any]


@pytest.fixture(scope="module")
def connect(database_urls: Any) -> Iterator[Connect]:
    """A cursor as a service's runtime role, after every service has its schema."""
    urls = {schema: make_url(database_urls[schema].service_url) for schema in SCHEMAS}
    opened = {}
    for schema, url in urls.items():
        text = url.set(drivername="postgresql").render_as_string(hide_password=False)
        opened[schema] = psycopg2.connect(text)
        opened[schema].autocommit = True
    yield lambda schema: opened[schema].cursor()
    for connection in opened.values():
        connection.close()


def tables(cursor: Any, schema: str) -> list[str]:
    """The tables of one's own schema; strangers see none of the others'."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace",
        [schema],
    )
    return [name for (name,) in cursor]


@pytest.mark.parametrize(("role", "other"), list(permutations(SCHEMAS, 2)))
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM {table}",
        "INSERT INTO {table} DEFAULT VALUES",
        "UPDATE {table} SET ctid = ctid",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "DROP TABLE {table}",
    ],
)
def test_a_role_is_refused_in_anothers_schema(
    connect: Connect, role: str, other: str, statement: str
) -> None:
    names = tables(connect(other), other)
    assert names
    for name in names:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            connect(role).execute(statement.format(table=f"{other}.{name}"))


@pytest.mark.parametrize("role", SCHEMAS)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE {role}.more (id int)",
        "CREATE TABLE public.more (id int)",
        "CREATE TEMPORARY TABLE more (id int)",
        "CREATE SCHEMA more",
        "DROP SCHEMA {role} CASCADE",
        "SET ROLE {role}_owner",
        "UPDATE {role}.alembic_version SET version_num = version_num",
        "DELETE FROM {role}.alembic_version",
    ],
)
def test_a_role_makes_no_schema_and_changes_none(
    connect: Connect, role: str, statement: str
) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        connect(role).execute(statement.format(role=role))


@pytest.mark.parametrize("role", SCHEMAS)
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {table} ADD COLUMN more int",
        "DROP TABLE {table}",
        "TRUNCATE {table} CASCADE",
        "CREATE INDEX ON {table} ((1))",
    ],
)
def test_a_role_cannot_change_its_own_tables(connect: Connect, role: str, statement: str) -> None:
    names = tables(connect(role), role)
    assert names
    for name in names:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            connect(role).execute(statement.format(table=f"{role}.{name}"))


@pytest.mark.parametrize("role", SCHEMAS)
def test_a_role_reads_and_writes_its_own_rows(connect: Connect, role: str) -> None:
    for name in tables(connect(role), role):
        connect(role).execute(f"SELECT count(*) FROM {role}.{name}")
        if name != "alembic_version":
            connect(role).execute(f"DELETE FROM {role}.{name}")


@pytest.mark.parametrize("role", SCHEMAS)
def test_latest_is_one_row(connect: Connect, role: str) -> None:
    with pytest.raises(psycopg2.errors.CheckViolation):
        connect(role).execute(f"INSERT INTO {role}.latest (singleton, value) VALUES (false, 1)")


@pytest.mark.parametrize("role", SCHEMAS)
def test_no_role_is_named_like_its_schema(connect: Connect, role: str) -> None:
    cursor = connect(role)
    cursor.execute("SELECT current_user, session_user, current_setting('search_path')")
    assert cursor.fetchone() == (f"{role}_service", f"{role}_service", "public")
