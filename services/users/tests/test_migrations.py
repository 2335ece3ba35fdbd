"""The migrations: there and back again, and the same as the models."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from chassis import migrate
from tests.system import eventually

FOLDER = Path(__file__).parents[1] / "migrations"
TABLES = {"accounts", "sessions", "revocations", "latest"}


@pytest.fixture
def urls(database_urls: Any) -> Any:
    return database_urls["users"]


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    names = set(inspect(engine).get_table_names("users"))
    engine.dispose()
    return names - {"alembic_version"}


def test_up_down_and_up_again(urls: Any) -> None:
    assert tables(urls.owner_url) == TABLES
    migrate.downgrade(FOLDER, "users", urls.owner_url)
    assert tables(urls.owner_url) == set()
    migrate.upgrade(FOLDER, "users", urls.owner_url)
    assert tables(urls.owner_url) == TABLES


WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE INDEX CONCURRENTLY%'
AND query_start < clock_timestamp() - interval '50 ms'
"""


def is_waiting(observer: Connection) -> bool:
    """Each time in a transaction of its own, whose clock and statistics are fresh."""
    with observer.begin():
        return bool(observer.execute(text(WAITING)).scalar())


def test_an_index_is_built_while_a_dump_is_taken(
    urls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for those who began to read before, which holds nobody up."""
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "1ms")
    migrate.downgrade(FOLDER, "users", urls.owner_url, "0001")
    engine = create_engine(urls.owner_url, isolation_level="REPEATABLE READ")
    with ThreadPoolExecutor(1) as pool, engine.connect() as dump, engine.connect() as observer:
        dump.execute(text("SELECT count(*) FROM users.sessions"))
        built = pool.submit(migrate.upgrade, FOLDER, "users", urls.owner_url)
        eventually(lambda: is_waiting(observer) or built.done())
        assert not built.done()
        dump.rollback()
        built.result()
    engine.dispose()


def test_a_release_from_before_a_migration_leaves_the_schema_as_it_is(
    urls: Any, tmp_path: Path
) -> None:
    """It runs on that schema, so it can be deployed again."""
    before = tmp_path / "migrations"
    shutil.copytree(FOLDER, before)
    newest = max((before / "versions").glob("[0-9]*.py"))
    newest.unlink()
    migrate.upgrade(before, "users", urls.owner_url)
    migrate.check(FOLDER, "users", urls.owner_url)


def test_models_and_migrations_say_the_same(urls: Any) -> None:
    migrate.check(FOLDER, "users", urls.owner_url)
