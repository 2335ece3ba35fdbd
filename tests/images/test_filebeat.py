"""Filebeat reads every container's log, and nothing that is mounted into one."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

import pytest
import yaml

from infra.swarm import ship
from infra.swarm.docker import docker, run
from infra.trouble import Trouble
from tests.system import eventually

FILE = yaml.safe_load(ship.FILE.read_text(encoding="utf-8"))
IMAGE = FILE["services"]["socket"]["image"].partition(":-")[2].rstrip("}")
FOLDER = "/var/lib/docker/containers"
VOLUME = {mount["target"]: mount for mount in FILE["services"]["filebeat"]["volumes"]}[FOLDER]

# What a container shares with others is mounted where the engine mounts its secrets.
OTHER, SECRET = ("--ipc", "shareable"), "/dev/shm/secret"  # noqa: S108 - inside the container


def engine_is_here() -> bool:
    try:
        return docker("info", "--format", "{{.DockerRootDir}}") == "/var/lib/docker"
    except Trouble:
        return False


pytestmark = pytest.mark.skipif(not engine_is_here(), reason="no Docker engine answers here")


@contextmanager
def container(*options: str, says: str) -> Iterator[str]:
    """A container that runs a script and stays; its id."""
    script = f"{says}; exec sleep 600"
    made = docker("run", "--detach", "--init", *options, IMAGE, "sh", "-c", script)
    try:
        yield made
    finally:
        run("rm", "--force", "--volumes", made)


@pytest.fixture
def volume() -> Iterator[str]:
    """The volume that the stack file describes."""
    options = FILE["volumes"][VOLUME["source"]]["driver_opts"]
    words = [word for key, value in options.items() for word in ("--opt", f"{key}={value}")]
    name = docker("volume", "create", *words, f"minitwit-test-{token_hex(4)}")
    yield name
    run("volume", "rm", name)


def test_filebeat_sees_logs_and_no_mount(volume: str) -> None:
    script = f"echo a line; echo a secret > {SECRET}"
    with (
        container(*OTHER, says=script) as before,
        container("--volume", f"{volume}:{FOLDER}:ro", says="true") as filebeat,
        container(*OTHER, says=script) as after,
    ):
        for each in (before, after):
            log, mounts = f"{FOLDER}/{each}/{each}-json.log", f"{FOLDER}/{each}/mounts"
            said = eventually(lambda log=log: docker("exec", filebeat, "cat", log))
            assert "a line" in said
            assert docker("exec", each, "cat", SECRET) == "a secret"
            assert docker("exec", filebeat, "find", mounts, "-type", "f") == ""
