"""The stack's Postgres as a container: what it writes is JSON from its first word to its last."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from infra.swarm.docker import ROOT, docker, inspect, run
from infra.swarm.files import POSTGRES, RELAY
from infra.trouble import Trouble
from tests.system import eventually

IMAGE = "postgres:18"
PASSWORD = "only-a-test"
SYSTEM = "IDENTIFY_SYSTEM"  # which only connections for replication understand
STACK = yaml.safe_load((ROOT / "docker-stack.yml").read_text(encoding="utf-8"))


def engine_has_the_image() -> bool:
    try:
        return bool(inspect("image", IMAGE)) or run("pull", "--quiet", IMAGE).returncode == 0
    except Trouble:
        return False


pytestmark = pytest.mark.skipif(not engine_has_the_image(), reason="no Docker engine answers here")


@pytest.fixture(scope="module")
def container() -> Iterator[str]:
    """Started on an empty volume, as the stack file starts it."""
    told = STACK["services"]["postgres"]
    command = [each for each in told["command"] if "$" not in each]
    options = ["--detach", "--init", "--read-only", "--cap-drop", "ALL", "--user", told["user"]]
    options += [
        "--tmpfs",
        "/tmp",  # noqa: S108 - inside the container
        "--volume",
        "/var/run/postgresql",
        "--stop-signal",
        "INT",
    ]
    options += ["--volume", "/var/lib/postgresql", "--env", f"POSTGRES_PASSWORD={PASSWORD}"]
    first, *entry = told["entrypoint"]
    options += ["--volume", f"{RELAY}:/run/configs/relay:ro", "--entrypoint", first]
    options += ["--volume", f"{POSTGRES}:/run/configs/postgres:ro"]
    made = docker("run", *options, IMAGE, *entry, *command)

    def is_ready() -> bool:
        probe = ["pg_isready", "--quiet", "--host=127.0.0.1", "--username=postgres"]
        return run("exec", made, *probe).returncode == 0

    try:
        eventually(is_ready)
        yield made
    finally:
        docker("rm", "--force", "--volumes", made)


def documents(container: str) -> list[dict[str, Any]]:
    done = run("logs", container)
    return [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]


def answer(container: str, user: str, password: str = PASSWORD) -> str:
    """What psql says to a connection over TCP, inside the container."""
    url = f"host=127.0.0.1 dbname=postgres user={user}"
    psql = ["psql", "--no-password", "--tuples-only", url, "--command", SYSTEM]
    done = run("exec", "--env", f"PGPASSWORD={password}", container, *psql)
    return done.stdout + done.stderr


def test_over_the_network_nobody_gets_in_without_the_password(container: str) -> None:
    assert "syntax error" in answer(container, "postgres")
    assert "password authentication failed" in answer(container, "postgres", "a guess")
    assert "no password supplied" in answer(container, "postgres", "")


def test_the_role_backup_alone_receives_wal(container: str) -> None:
    role = f"CREATE ROLE backup LOGIN REPLICATION PASSWORD '{PASSWORD}'"
    docker("exec", container, "psql", "--username=postgres", "--command", role)
    system, timeline, *_ = answer(container, "backup replication=true").split("|")
    assert (system.strip().isdigit(), timeline.strip()) == (True, "1")
    assert "no pg_hba.conf entry" in answer(container, "postgres replication=true")


def test_all_that_it_says_is_json_and_its_last_words_come_out(container: str) -> None:
    docker("stop", "--time", "60", container)
    assert inspect("container", container)[0]["State"]["ExitCode"] == 0
    said = documents(container)
    assert said[-1]["message"] == "database system is shut down"
    assert {each["service.name"] for each in said} == {"postgres"}
    assert "started" in {each.get("event.action") for each in said}
