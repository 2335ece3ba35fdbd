"""The way from Filebeat to Docker: it answers what is asked and takes no order."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from infra.swarm import ship
from infra.swarm.docker import docker, inspect, run
from infra.swarm.files import OF_LOGS
from infra.trouble import Trouble
from tests.system import PATIENCE, eventually

SERVICE = yaml.safe_load(ship.FILE.read_text(encoding="utf-8"))["services"]["socket"]
IMAGE = SERVICE["image"].partition(":-")[2].rstrip("}")
ENGINE = Path("/var/run/docker.sock")


def engine_is_here() -> bool:
    try:
        there = inspect("image", IMAGE) or run("pull", "--quiet", IMAGE).returncode == 0
    except Trouble:
        return False
    return bool(there) and ENGINE.exists()


pytestmark = pytest.mark.skipif(not engine_is_here(), reason="no Docker engine answers here")


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket that Filebeat gets, of a container as the stack file has it."""
    folder = tmp_path_factory.mktemp("sockets")
    mounts = {ENGINE: "/var/run/docker.sock:ro", folder: "/sockets"}
    mounts[OF_LOGS["socket"]] = "/run/configs/socket.conf:ro"
    options = ["--detach", "--init", "--read-only", "--cap-drop", "ALL", "--user", SERVICE["user"]]
    options += ["--network", "none", "--tmpfs", "/tmp"]  # noqa: S108 - inside the container
    for source, target in mounts.items():
        options += ["--volume", f"{source}:{target}"]
    first, *entry = SERVICE["entrypoint"]
    made = docker("run", *options, "--entrypoint", first, IMAGE, *entry)
    try:
        eventually((folder / "docker.sock").exists)
        yield folder / "docker.sock"
    finally:
        docker("rm", "--force", made)


def asked(way: Path, method: str, path: str) -> int:
    """The status of an answer."""
    connection = http.client.HTTPConnection("docker", timeout=PATIENCE)
    with closing(socket.socket(socket.AF_UNIX)) as wire:
        wire.connect(str(way))
        connection.sock = wire
        connection.request(method, path)
        return connection.getresponse().status


@pytest.mark.parametrize(
    "path", ["/_ping", "/v1.41/info", "/v1.41/version", "/v1.41/containers/json?all=1"]
)
def test_it_tells_which_containers_there_are(way: Path, path: str) -> None:
    assert asked(way, "GET", path) == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1.41/containers/create"),
        ("POST", "/v1.41/containers/json"),
        ("DELETE", "/v1.41/containers/json"),
        ("GET", "/v1.41/containers/0123abcd/json"),
        ("GET", "/v1.41/secrets"),
        ("POST", "/v1.41/info"),
        ("GET", "/v1.41/info/secrets"),
        ("GET", "/v1.41/containers/json/../../secrets"),
        ("GET", "/v1.41/events%2f..%2fsecrets"),
    ],
)
def test_it_hands_nothing_else_on(way: Path, method: str, path: str) -> None:
    assert asked(way, method, path) == 403
