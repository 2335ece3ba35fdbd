"""The schema: made, unmade and made again, and the same as the models."""

from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect
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
