"""The schema: made, unmade and made again; out of the reach of the service that uses it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

import followers
from chassis import migrate

FOLDER = Path(followers.__file__).parent.parent / "migrations"


def tables(url: str) -> set[str]:
    return set(inspect(create_engine(url, poolclass=NullPool)).get_table_names("followers"))


def test_migrations_go_up_and_down_and_up(database_urls: Any) -> None:
    owner_url = database_urls["followers"].owner_url
    made = tables(owner_url)
    migrate.downgrade(FOLDER, "followers", owner_url)
    assert tables(owner_url) == {"alembic_version"}
    migrate.upgrade(FOLDER, "followers", owner_url)
    assert tables(owner_url) == made == {"alembic_version", "follows", "counts", "latest"}


def test_models_and_migrations_say_the_same(database_urls: Any) -> None:
    migrate.check(FOLDER, "followers", database_urls["followers"].owner_url)


@pytest.fixture
def service(database_urls: Any) -> Iterator[Connection]:
    """A connection with what the running service may do."""
    engine = create_engine(database_urls["followers"].service_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE followers.other (id int)",
        "ALTER TABLE followers.follows ADD COLUMN more text",
        "DROP TABLE followers.counts",
        "TRUNCATE followers.follows",
        "CREATE INDEX ON followers.follows (followee_name)",
        "UPDATE followers.alembic_version SET version_num = '0000'",
        "DELETE FROM followers.alembic_version",
        "CREATE SCHEMA other",
        "CREATE TABLE public.other (id int)",
        "DROP SCHEMA followers CASCADE",
        "SET ROLE followers_owner",
    ],
)
def test_the_service_can_not_change_its_own_schema(service: Connection, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        service.execute(text(statement))


def test_latest_can_only_be_one_row(service: Connection) -> None:
    with pytest.raises(IntegrityError):
        service.execute(text("INSERT INTO followers.latest (singleton, value) VALUES (false, 1)"))
