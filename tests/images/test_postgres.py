"""The stack's Postgres as a container: what it writes is JSON from its first word to its last."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from infra.swarm.docker import ROOT, Trouble, docker, inspect, run
from infra.swarm.files import RELAY
from tests.system import eventually

IMAGE = "postgres:18"
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
    options += ["--volume", "/var/lib/postgresql", "--env", "POSTGRES_PASSWORD=only-a-test"]
    first, *entry = told["entrypoint"]
    options += ["--volume", f"{RELAY}:/run/configs/relay:ro", "--entrypoint", first]
    made = docker("run", *options, IMAGE, *entry, *command)
    try:
        yield made
    finally:
        docker("rm", "--force", "--volumes", made)


def documents(container: str) -> list[dict[str, Any]]:
    done = run("logs", container)
    return [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]


def test_all_that_it_says_is_json_and_its_last_words_come_out(container: str) -> None:
    def is_ready() -> bool:
        probe = ["pg_isready", "--quiet", "--host=127.0.0.1", "--username=postgres"]
        return run("exec", container, *probe).returncode == 0

    eventually(is_ready)
    docker("stop", "--time", "60", container)
    assert inspect("container", container)[0]["State"]["ExitCode"] == 0
    said = documents(container)
    assert said[-1]["message"] == "database system is shut down"
    assert {each["service.name"] for each in said} == {"postgres"}
    assert "started" in {each.get("event.action") for each in said}
