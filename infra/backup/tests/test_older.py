"""A dump of an earlier release restores into the local system of today's, which migrates it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chassis import migrate
from chassis.database import newest_migration
from dev import ports, secrets
from dev.postgres import Cluster, cluster
from dev.state import State
from infra.backup import dump
from infra.backup.postgres import ask, connected
from infra.backup.store import Dump
from infra.backup.tests.conftest import PASSWORDS, ROOT, fill
from tests.system import PATIENCE


@pytest.fixture
def older(tmp_path: Path) -> Dump:
    """From before the last migration of users, and before there was followers."""
    with cluster(tmp_path / "older") as made:
        fill(made)
        url = made.url("users_owner", PASSWORDS["users_owner"])
        migrate.downgrade(ROOT / "services/users/migrations", "users", url, "0001")
        with connected(made.admin_url) as connection:
            ask(connection, "DROP SCHEMA followers CASCADE")
        return dump.take(made.admin_url, tmp_path / "dumps")


def version(made: Cluster, schema: str) -> str:
    with connected(made.admin_url) as connection:
        ((number,),) = ask(connection, f"SELECT version_num FROM {schema}.alembic_version")
        return str(number)


def test_a_dump_is_proved_as_it_was_taken_and_then_migrated(older: Dump, tmp_path: Path) -> None:
    """Migrated first, it had other tables than the proof looks for."""
    state = State(tmp_path / "state")
    done = subprocess.run(
        [sys.executable, "-m", "dev.backup", "restore", str(older.file)],
        cwd=ROOT,
        env=os.environ | {"STATE": str(state.folder)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{older.file.name} restores: " in done.stdout
    password = secrets.load(state.secrets, may_create=False).superuser
    made = Cluster(state.postgres, ports.free(20_000), password)
    with made.process(tmp_path / "log").running("FATAL", "PANIC"):
        for schema in ("users", "messages", "followers"):
            folder = ROOT / "services" / schema / "migrations"
            assert version(made, schema) == newest_migration(folder)
