"""A dump holds the services' schemas alone, whatever an operator puts beside them."""

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest

from chassis import bootstrap
from dev.postgres import Cluster
from infra.backup import checks, dump, restore
from infra.backup.postgres import ask, connected, run
from infra.backup.store import Dump
from infra.backup.tests.conftest import PASSWORDS, SCHEMAS
from infra.trouble import Trouble


def put(cluster: Cluster, *statements: str) -> None:
    with connected(cluster.admin_url) as connection:
        for statement in statements:
            ask(connection, statement)


@pytest.fixture
def littered(source: Cluster) -> Iterator[Cluster]:
    """A database in which an operator has saved rows before an experiment."""
    saved = "SELECT * FROM users.accounts"
    put(source, f"CREATE TABLE public.saved AS {saved}", "CREATE SCHEMA lab")
    put(source, f"CREATE TABLE lab.saved AS {saved}")
    yield source
    put(source, "DROP TABLE public.saved", "DROP SCHEMA lab CASCADE")


def test_an_operators_table_is_in_no_dump(
    littered: Cluster, target: Cluster, tmp_path: Path
) -> None:
    """It made each dump one that does not restore: pg_dump creates no schema `public`."""
    taken = dump.take(littered.admin_url, tmp_path)
    assert taken.schemas() == sorted(SCHEMAS)
    assert "saved" not in run("pg_restore", "--list", str(taken.file))
    restore.restore(target.admin_url, taken, PASSWORDS)
    assert restore.proved(target.admin_url, taken, PASSWORDS)


def test_an_operators_table_is_no_obstacle_to_a_restore_and_outlives_it(
    taken: Dump, target: Cluster
) -> None:
    put(target, "CREATE TABLE public.saved ()")
    try:
        restore.restore(target.admin_url, taken, PASSWORDS)
        assert restore.proved(target.admin_url, taken, PASSWORDS)
    finally:
        put(target, "DROP TABLE public.saved")


def test_a_schema_that_was_given_away_is_dumped_all_the_same(
    source: Cluster, tmp_path: Path
) -> None:
    """Left out, nobody would miss it: a proof knows only what is in the dump."""
    put(source, "ALTER SCHEMA users OWNER TO postgres")
    try:
        assert "users" in dump.take(source.admin_url, tmp_path).schemas()
    finally:
        put(source, "ALTER SCHEMA users OWNER TO users_owner")


def with_tables(taken: Dump, folder: Path, tables: dict[str, object]) -> Dump:
    """The dump as if its manifest listed these tables."""
    copy = Dump(folder / taken.file.name)
    copy.file.write_bytes(taken.file.read_bytes())
    copy.manifest.write_text(json.dumps(taken.content() | {"tables": tables}))
    return copy


def test_an_earlier_dump_that_holds_more_is_refused_before_anybody_is_locked_out(
    taken: Dump, target: Cluster, tmp_path: Path
) -> None:
    restore.restore(target.admin_url, taken, PASSWORDS)
    tables = taken.content()["tables"] | {"public.saved": {"rows": 0, "digest": "0"}}
    earlier = with_tables(taken, tmp_path, tables)
    nobodys = dict.fromkeys(restore.roles_of(earlier.schemas()), "x")
    with pytest.raises(Trouble, match="public belongs to no service"):
        restore.restore(target.admin_url, earlier, nobodys, force=True)
    assert checks.problems(target.admin_url, taken.content(), PASSWORDS) == []


def test_a_dump_of_nothing_is_refused(taken: Dump, target: Cluster, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="holds no table"):
        restore.restore(target.admin_url, with_tables(taken, tmp_path, {}), PASSWORDS, force=True)


@pytest.fixture
def newer(taken: Dump, target: Cluster) -> Iterator[Cluster]:
    """A database with a service that was added after the dump."""
    restore.restore(target.admin_url, taken, PASSWORDS)
    bootstrap.bootstrap(target.admin_url, "likes", "likes-owner", "likes-service")
    put(target, "CREATE TABLE likes.likes ()")
    yield target
    put(target, "DROP SCHEMA IF EXISTS likes CASCADE", "DROP OWNED BY likes_owner")
    put(target, "DROP OWNED BY likes_service", "DROP ROLE likes_owner, likes_service")


def test_a_schema_that_the_dump_lacks_is_data_that_a_restore_spares(
    taken: Dump, newer: Cluster
) -> None:
    refused = "holds data in followers, likes, messages, users; .* drops likes"
    with pytest.raises(Trouble, match=refused):
        restore.restore(newer.admin_url, taken, PASSWORDS)
    found = checks.problems(newer.admin_url, taken.content(), PASSWORDS)
    assert found == ["likes.likes was not in the dump"]


def test_force_drops_a_schema_that_the_dump_lacks_and_says_so(
    taken: Dump,
    newer: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The proof would find it there each time, with everybody locked out."""
    service = newer.url("likes_service", "likes-service")
    with suppress(psycopg2.InterfaceError), connected(service) as connection:
        ask(connection, "SELECT 1")
        monkeypatch.setenv("MINITWIT_ADMIN_DATABASE_URL", newer.admin_url)
        monkeypatch.setenv("MINITWIT_FORCE", "true")
        monkeypatch.setattr(sys, "argv", ["restore", str(taken.file)])
        restore.main()
        with pytest.raises(psycopg2.OperationalError):
            ask(connection, "SELECT 1")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("no account was tried; dropped, since it lacks them: likes")
    with pytest.raises(psycopg2.OperationalError, match="not permitted"), connected(service):
        pytest.fail("likes_service is let in")


def test_a_schema_without_a_table_is_no_obstacle(taken: Dump, newer: Cluster) -> None:
    """As that of a service whose first migration is still to come."""
    put(newer, *(f"DROP SCHEMA {name} CASCADE" for name in SCHEMAS), "DROP TABLE likes.likes")
    restore.restore(newer.admin_url, taken, PASSWORDS)
    assert restore.proved(newer.admin_url, taken, PASSWORDS)
