"""A cluster's life, and what its files tell before it is started."""

import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from dev.postgres import Cluster, cluster
from dev.processes import leftovers
from dev.services import ROOT
from dev.trouble import Trouble
from tests.system import eventually


def query(made: Cluster, statement: str) -> object:
    connection = psycopg2.connect(made.admin_url.replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    connection.close()
    return row


def test_what_was_written_is_there_in_the_next_life(tmp_path: Path) -> None:
    with cluster(tmp_path) as made:
        query(made, "CREATE TABLE kept AS SELECT 7 AS number; SELECT 1")
    assert leftovers(tmp_path) == []
    with cluster(tmp_path) as made:
        assert query(made, "SELECT number FROM kept") == (7,)


def test_it_is_durable_unless_told_otherwise(tmp_path: Path, postgres: Cluster) -> None:
    assert query(postgres, "SHOW fsync") == ("off",)
    with cluster(tmp_path, fast=False) as made:
        assert query(made, "SHOW fsync") == ("on",)
        assert query(made, "SHOW unix_socket_directories") == ("",)
        assert query(made, "SHOW listen_addresses") == ("127.0.0.1",)


def test_nobody_gets_in_without_the_password(postgres: Cluster) -> None:
    wrong = Cluster(postgres.folder, postgres.port, "wrong")
    with pytest.raises(Trouble, match="does not let us in: password authentication failed"):
        wrong.ready()


CREATE = """
import sys
from pathlib import Path
from dev import postgres
folder = Path(sys.argv[1])
postgres.program = lambda _: str(folder / "initdb")
postgres.Cluster(folder, 1, "secret").create()
"""


def test_setting_up_ends_with_whoever_began_it(tmp_path: Path) -> None:
    """Else it would write where the next start sets up the same cluster."""
    pid, program = tmp_path / "pid", tmp_path / "initdb"
    program.write_text(f"#!/bin/sh\necho $$ >{pid}\nexec sleep 600\n")
    program.chmod(0o755)
    runner = subprocess.Popen([sys.executable, "-c", CREATE, str(tmp_path)], cwd=ROOT)
    number = eventually(lambda: pid.exists() and pid.read_text().strip())
    runner.kill()
    runner.wait()

    def is_gone() -> bool:
        """Or a zombie, which has no command line."""
        command = Path(f"/proc/{number}/cmdline")
        return not command.exists() or not command.read_bytes()

    eventually(is_gone)


@pytest.fixture
def files(tmp_path: Path) -> Cluster:
    """Files like a cluster's, as far as a look at them goes."""
    made = Cluster(tmp_path, 1, "")
    (made.data / "global").mkdir(parents=True)
    (made.data / "PG_VERSION").write_text("18\n")
    (made.data / "global" / "pg_control").write_bytes(b"x" * 8192)
    return made


def test_whole_files_are_no_damage(files: Cluster) -> None:
    assert files.damage() is None


@pytest.mark.parametrize("name", ["PG_VERSION", "global/pg_control"])
def test_a_missing_file_is_damage(files: Cluster, name: str) -> None:
    (files.data / name).unlink()
    assert str(files.damage()).endswith(f"{name} is missing")


@pytest.mark.parametrize("version", [b"17\n", b"", b"\xff\xfe"])
def test_files_of_another_postgres_are_told_apart(files: Cluster, version: bytes) -> None:
    (files.data / "PG_VERSION").write_bytes(version)
    assert "this is Postgres 18" in str(files.damage())


def test_half_a_control_file_is_damage(files: Cluster) -> None:
    (files.data / "global" / "pg_control").write_bytes(b"x" * 100)
    assert str(files.damage()).endswith("is not whole")
