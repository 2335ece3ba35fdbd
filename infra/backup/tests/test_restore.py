"""A dump that was taken while others wrote restores, and what is wrong with one is found."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest

from chassis import bootstrap
from dev.postgres import Cluster
from infra.backup import checks, dump, restore
from infra.backup.postgres import ask, connected, reason, run
from infra.backup.store import Dump
from infra.backup.tests.conftest import MESSAGE, PASSWORDS, Say
from infra.swarm import database
from infra.trouble import Trouble

ACCOUNT = "Ada:a good one"
NAMES = "SELECT name FROM users.accounts"


@pytest.fixture
def restored(taken: Dump, target: Cluster) -> Cluster:
    restore.restore(target.admin_url, taken, PASSWORDS)
    return target


@pytest.fixture
def second(restored: Cluster, say: Say) -> Iterator[str]:
    """The URL that users has once its password was rotated."""
    role = database.second("users")
    say(f"CREATE ROLE {role} LOGIN PASSWORD 'second' IN ROLE users_service")
    yield restored.url(role, "second")
    say(f"DROP ROLE {role}")


def problems(taken: Dump, target: Cluster, account: str = ACCOUNT) -> list[str]:
    return checks.problems(target.admin_url, taken.content(), PASSWORDS, account)


def test_a_dump_taken_under_load_restores_row_for_row(taken: Dump, restored: Cluster) -> None:
    assert taken.content()["tables"]["messages.messages"]["rows"] >= 20
    assert problems(taken, restored) == []
    assert "Ada can log in" in restore.proved(restored.admin_url, taken, PASSWORDS, ACCOUNT)


def test_a_restored_database_takes_new_rows(taken: Dump, restored: Cluster) -> None:
    service = restored.url("messages_service", PASSWORDS["messages_service"])
    with connected(service) as connection:
        ((number,),) = ask(connection, f"{MESSAGE} RETURNING id", "new")
        ((highest,),) = ask(connection, "SELECT max(id) FROM messages.messages")
    assert number == highest


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (
            "ALTER TABLE messages.messages ALTER id RESTART WITH 2",
            "messages.messages.id: next is 2",
        ),
        ("DELETE FROM messages.messages WHERE id = 3", "messages.messages has "),
        (
            "UPDATE messages.messages SET text = 'x' WHERE id = 3",
            "messages.messages has other rows",
        ),
        ("DROP TABLE followers.counts", "followers.counts is missing"),
        ("CREATE TABLE users.x ()", "users.x was not in the dump"),
        ("DROP OWNED BY users_service; DROP ROLE users_service", "role users_service is missing"),
        ("ALTER ROLE users_service NOLOGIN", "role users_service can't log in"),
        ("ALTER ROLE users_service CREATEDB", "role users_service can't log in, or may do more"),
        ("ALTER ROLE users_service REPLICATION", "role users_service can't log in, or may do more"),
        ("GRANT TRUNCATE ON users.accounts TO users_service", "users_service may TRUNCATE users."),
        ("ALTER ROLE users_service PASSWORD 'x'", "users_service can't log in: "),
        (
            "REVOKE INSERT ON users.accounts FROM users_service",
            "users_service may not INSERT users.",
        ),
        (
            "GRANT UPDATE ON users.alembic_version TO users_service",
            "users_service may UPDATE users.",
        ),
        (
            "REVOKE SELECT ON users.alembic_version FROM users_service;"
            "GRANT INSERT ON users.alembic_version TO users_service",
            "users_service may INSERT users.",
        ),
        (
            "GRANT USAGE ON SCHEMA users TO messages_service;"
            "GRANT SELECT ON users.accounts TO messages_service",
            "messages_service may SELECT users.accounts",
        ),
        *(
            (
                f"GRANT USAGE ON SCHEMA {neighbour} TO users_service;"
                f"GRANT SELECT ON {neighbour}.alembic_version TO users_service",
                f"users_service reads the schema {neighbour}",
            )
            for neighbour in ("followers", "messages")
        ),
        ("ALTER TABLE users.accounts OWNER TO postgres", "users.accounts is not users_owner's"),
        ("UPDATE users.accounts SET password_hash = '$argon2id$'", "the account Ada can't log in"),
        ("DELETE FROM users.accounts", "the account Ada is missing"),
    ],
)
def test_what_is_wrong_is_found(
    taken: Dump, target: Cluster, say: Say, damage: str, problem: str
) -> None:
    say(damage)
    found = problems(taken, target)
    assert any(each.startswith(problem) for each in found), found


def test_roles_are_checked_even_if_there_is_only_one_schema(restored: Cluster) -> None:
    owner, service = checks.entries(restored.admin_url, ["users"], {})
    assert owner.startswith("users_owner can't log in: ")
    assert service.startswith("users_service can't log in: ")


def test_a_cluster_that_holds_data_is_left_alone(taken: Dump, restored: Cluster, say: Say) -> None:
    say("UPDATE users.accounts SET name = 'Bob'")
    with pytest.raises(Trouble, match="holds data in followers, messages, users"):
        restore.restore(restored.admin_url, taken, PASSWORDS)
    assert say("SELECT name FROM users.accounts") == [("Bob",)]


def test_force_replaces_what_is_there(taken: Dump, restored: Cluster, say: Say) -> None:
    say("UPDATE users.accounts SET name = 'Bob'; CREATE TABLE users.more ()")
    restore.restore(restored.admin_url, taken, PASSWORDS, force=True)
    assert problems(taken, restored) == []


def test_who_is_connected_is_thrown_out_before_a_restore(taken: Dump, restored: Cluster) -> None:
    """A service that reads holds locks, for which the restore would wait."""
    service = restored.url("users_service", PASSWORDS["users_service"])
    with suppress(psycopg2.InterfaceError), connected(service) as connection:
        ask(connection, "SELECT count(*) FROM users.accounts")
        restore.restore(restored.admin_url, taken, PASSWORDS, force=True)
        with pytest.raises(psycopg2.OperationalError):
            ask(connection, "SELECT 1")
    assert problems(taken, restored) == []


def test_a_login_opened_by_a_rotation_is_locked_out_until_it_is_reopened(
    taken: Dump, restored: Cluster, second: str, tmp_path: Path
) -> None:
    with suppress(psycopg2.InterfaceError), connected(second) as connection:
        ask(connection, NAMES)
        connection.commit()
        restore.restore(restored.admin_url, taken, PASSWORDS, force=True)
        with pytest.raises(psycopg2.OperationalError):
            ask(connection, NAMES)
    with pytest.raises(psycopg2.OperationalError, match="not permitted to log in"):
        read_names(second)
    open_login(restored.admin_url, second, tmp_path)
    assert read_names(second) == [("Ada",)]


def open_login(admin_url: str, url: str, folder: Path) -> None:
    """As `make restore` does at its end, and `make deploy`."""
    told = {"ADMIN_DATABASE_URL": admin_url, "DATABASE_URL": url}
    files = {f"MINITWIT_{name}_FILE": folder / name for name in told}
    for path in files.values():
        path.write_text(told[path.name])
    command = [sys.executable, str(database.ROLES), "open", "users"]
    subprocess.run(command, env=os.environ | {it: str(files[it]) for it in files}, check=True)


def read_names(url: str) -> list[tuple[object, ...]]:
    with connected(url) as connection:
        return ask(connection, NAMES)


def test_nobody_gets_in_until_all_is_proved_and_passwords_are_set(
    taken: Dump,
    restored: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Otherwise the services' next writes would make the proof fail."""
    told = {"ADMIN_DATABASE_URL": restored.admin_url, "ACCOUNT": ACCOUNT, "FORCE": "true"}
    for name, value in told.items():
        monkeypatch.setenv(f"MINITWIT_{name}", value)
    monkeypatch.setattr(sys, "argv", ["restore", str(taken.file)])
    restore.main()
    assert "Ada can log in" in capsys.readouterr().out
    owner, service = (PASSWORDS[f"users_{kind}"] for kind in ("owner", "service"))
    url = restored.url("users_service", service)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        read_names(url)
    bootstrap.bootstrap(restored.admin_url, "users", owner, service)
    assert read_names(url) == [("Ada",)]


def test_a_database_in_the_middle_of_a_restore_is_not_dumped(
    target: Cluster, tmp_path: Path
) -> None:
    with pytest.raises(Trouble, match="holds no table"):
        dump.take(target.admin_url, tmp_path)
    assert not [*tmp_path.iterdir()]


def test_a_damaged_dump_is_refused_before_anything_is_touched(
    taken: Dump, restored: Cluster, tmp_path: Path
) -> None:
    damaged = Dump(tmp_path / taken.file.name)
    damaged.file.write_bytes(taken.file.read_bytes()[:-1])
    damaged.manifest.write_text(taken.manifest.read_text())
    with pytest.raises(Trouble, match="is damaged"):
        restore.restore(restored.admin_url, damaged, PASSWORDS, force=True)
    assert problems(taken, restored) == []


def test_a_dump_without_its_manifest_is_refused(
    taken: Dump, target: Cluster, tmp_path: Path
) -> None:
    lonely = Dump(tmp_path / taken.file.name)
    lonely.file.write_bytes(taken.file.read_bytes())
    with pytest.raises(Trouble, match=r"needs its \.json"):
        restore.restore(target.admin_url, lonely, PASSWORDS)


def test_a_dump_whose_manifest_is_cut_short_is_refused(taken: Dump, tmp_path: Path) -> None:
    damaged = Dump(tmp_path / taken.file.name)
    damaged.manifest.write_text(taken.manifest.read_text()[:-3])
    with pytest.raises(Trouble, match=r"\.json is damaged"):
        damaged.content()


def test_why_a_program_failed_stands_before_the_statement_that_did(
    taken: Dump, restored: Cluster
) -> None:
    with pytest.raises(Trouble) as failed:
        run("pg_restore", "--single-transaction", str(taken.file), url=restored.admin_url)
    assert 'schema "followers" already exists' in str(failed.value)
    assert "Command was: CREATE SCHEMA followers;" in str(failed.value)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", ["no reason given"]),
        ("a note\nx: error: full\n" + "of it\n" * 20, ["x: error: full", *["of it"] * 9]),
        ("\n".join(map(str, range(20))), list(map(str, range(10, 20)))),
        ("psql: error: " + "x" * 1000, ["psql: error: " + "x" * 487]),
    ],
)
def test_of_a_long_complaint_a_few_lines_are_kept(said: str, kept: list[str]) -> None:
    assert reason(said).splitlines() == kept


def test_without_a_password_for_each_role_nothing_is_restored(taken: Dump, target: Cluster) -> None:
    with pytest.raises(Trouble, match="no password is known for users_owner"):
        restore.restore(target.admin_url, taken, PASSWORDS | {"users_owner": ""})


def test_no_password_is_in_a_dump(taken: Dump) -> None:
    assert "CREATE ROLE users_service" in taken.globals.read_text()
    for file in (taken.file, taken.globals, taken.manifest):
        assert b"SCRAM" not in file.read_bytes()
