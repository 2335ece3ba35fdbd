"""The schema: made by the migrations alone, and out of the runtime role's hands."""

from typing import Any

import pytest
from psycopg2.errors import CheckViolation, InsufficientPrivilege
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from chassis import migrate
from chassis.database import newest_migration

SCHEMA = "messages"
FOLDER = migrate.folder_of(SCHEMA)


def execute(url: str, statement: str) -> list[Any]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return list(result) if result.returns_rows else []


def relations(url: str) -> list[Any]:
    return execute(
        url, f"SELECT relname FROM pg_class WHERE relnamespace = '{SCHEMA}'::regnamespace"
    )


def test_migrations_go_up_down_and_up_again(database_urls: Any) -> None:
    url = database_urls[SCHEMA].owner_url
    before = relations(url)
    migrate.downgrade(FOLDER, SCHEMA, url)
    assert {name for (name,) in relations(url)} == {"alembic_version", "alembic_version_pkc"}
    migrate.upgrade(FOLDER, SCHEMA, url)
    assert sorted(relations(url)) == sorted(before)


def test_models_and_migrations_say_the_same(database_urls: Any) -> None:
    migrate.check(FOLDER, SCHEMA, database_urls[SCHEMA].owner_url)


def test_the_newest_migration_is_the_one_that_runs(database_urls: Any) -> None:
    [(version,)] = execute(
        database_urls[SCHEMA].service_url, f"SELECT version_num FROM {SCHEMA}.alembic_version"
    )
    assert version == newest_migration(FOLDER)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE messages.messages ADD COLUMN more text",
        "DROP TABLE messages.messages",
        "TRUNCATE messages.messages",
        "CREATE TABLE messages.more (id int)",
        "CREATE TABLE public.more (id int)",
        "CREATE INDEX ON messages.messages (text)",
        "DROP SCHEMA messages CASCADE",
        "UPDATE messages.alembic_version SET version_num = '0000'",
    ],
)
def test_the_runtime_role_can_not_change_its_schema(database_urls: Any, statement: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        execute(database_urls[SCHEMA].service_url, statement)
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_latest_is_one_row(database_urls: Any) -> None:
    statement = "INSERT INTO messages.latest (singleton, value) VALUES (false, 1)"
    with pytest.raises(DBAPIError) as refused:
        execute(database_urls[SCHEMA].service_url, statement)
    assert isinstance(refused.value.orig, CheckViolation)
