"""The schema: made by the migrations alone, and the same as the models."""

from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from chassis import migrate
from chassis.database import newest_migration

SCHEMA = "messages"
FOLDER = migrate.folder_of(SCHEMA)


def values(url: str, query: str) -> list[str]:
    """What stands in the one column that a query gives."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return list(connection.execute(text(query)).scalars())


def relations(url: str) -> set[str]:
    query = f"SELECT relname FROM pg_class WHERE relnamespace = '{SCHEMA}'::regnamespace"
    return set(values(url, query))


def test_migrations_go_up_down_and_up_again(database_urls: Any) -> None:
    url = database_urls[SCHEMA].owner_url
    before = relations(url)
    migrate.downgrade(FOLDER, SCHEMA, url)
    assert relations(url) == {"alembic_version", "alembic_version_pkc"}
    migrate.upgrade(FOLDER, SCHEMA, url)
    assert relations(url) == before


def test_models_and_migrations_say_the_same(database_urls: Any) -> None:
    migrate.check(FOLDER, SCHEMA, database_urls[SCHEMA].owner_url)


def test_the_newest_migration_is_the_one_that_runs(database_urls: Any) -> None:
    query = f"SELECT version_num FROM {SCHEMA}.alembic_version"
    assert values(database_urls[SCHEMA].service_url, query) == [newest_migration(FOLDER)]
