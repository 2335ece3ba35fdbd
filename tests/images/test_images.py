"""The images as containers: what runs in them, and what does not. They need an engine."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from chassis import keys
from dev.services import PROVIDERS
from infra.swarm import images
from infra.swarm.docker import ROOT, docker, inspect, run
from infra.swarm.settings import PARTS, SCHEMAS, SERVICES, Settings
from infra.trouble import Trouble
from tests.system import eventually

SETTINGS = Settings(stack="minitwit", registry="", port=80, url="")
TMPFS = {"gateway": ["/srv/gateway/temp", "/srv/gateway/temp/public"]}
ADDRESS = "http://127.0.0.1:1"
DATABASE = "postgresql+psycopg2://nobody:nothing@127.0.0.1:1/minitwit"
STACK = yaml.safe_load((ROOT / "docker-stack.yml").read_text(encoding="utf-8"))["services"]


def told(part: str, signing: dict[str, str]) -> dict[str, str]:
    """Enough to start; there is no database and no other service."""
    settings = {f"MINITWIT_{name.upper()}_URL": ADDRESS for name in PROVIDERS.get(part, ())}
    if part in SCHEMAS:
        settings["MINITWIT_DATABASE_URL"] = DATABASE
        settings["MINITWIT_TOKEN_PUBLIC_KEYS"] = signing["MINITWIT_TOKEN_PUBLIC_KEYS"]
    if part == "users":
        settings |= signing
    if part == "web":
        settings["MINITWIT_SECRET_KEYS"] = "only-a-test"
    return settings


def engine_answers() -> bool:
    try:
        return run("info").returncode == 0
    except Trouble:
        return False


pytestmark = pytest.mark.skipif(not engine_answers(), reason="no Docker engine answers here")


@pytest.fixture(scope="module")
def built() -> dict[str, str]:
    return {part: images.image(SETTINGS, part) for part in PARTS}


@pytest.fixture(scope="module")
def signing() -> dict[str, str]:
    """A key pair for users, which checks that the halves belong together."""
    private, public = keys.pair()
    return {
        "MINITWIT_TOKEN_SIGNING_KEY": private,
        "MINITWIT_TOKEN_PUBLIC_KEYS": keys.document(public),
    }


@pytest.fixture(scope="module")
def started(built: dict[str, str], signing: dict[str, str]) -> Iterator[dict[str, str]]:
    """A container of each part, as the stack file runs it; together, since health takes a while."""
    made: dict[str, str] = {}
    try:
        for part in PARTS:
            made[part] = start(part, built[part], signing)
        yield made
    finally:
        docker("rm", "--force", "--volumes", *made.values())


def start(part: str, image: str, signing: dict[str, str]) -> str:
    memory = STACK[part]["deploy"]["resources"]["limits"]["memory"]
    options = ["--detach", "--init", "--read-only", "--cap-drop", "ALL", "--memory", memory]
    options += ["--security-opt", "no-new-privileges"]
    for folder in ["/tmp", *TMPFS.get(part, [])]:  # noqa: S108 - inside the container
        options += ["--tmpfs", folder]
    for name, value in told(part, signing).items():
        options += ["--env", f"{name}={value}"]
    return docker("run", *options, image)


@pytest.fixture(params=PARTS)
def container(request: pytest.FixtureRequest, started: dict[str, str]) -> dict[str, Any]:
    """What the engine says of a part's container, once its health check has passed.

    It is started in case that a test has stopped it.
    """
    docker("start", started[request.param])
    [seen] = inspect("container", started[request.param])
    eventually(lambda: health(seen) == "healthy")
    return seen


def in_container(container: dict[str, Any], *command: str) -> "subprocess.CompletedProcess[str]":
    return run("exec", container["Id"], *command)


def health(container: dict[str, Any]) -> str:
    state = inspect("container", container["Id"])[0]["State"]
    assert state["Running"], docker("logs", container["Id"])
    status: str = state["Health"]["Status"]
    return status


def test_runs_read_only_unprivileged_and_healthy(container: dict[str, Any]) -> None:
    assert container["HostConfig"]["ReadonlyRootfs"]
    assert container["HostConfig"]["CapDrop"] == ["ALL"]
    assert not container["HostConfig"]["PortBindings"]
    uid, gid = container["Config"]["User"].split(":")
    assert int(uid) > 0
    assert int(gid) > 0
    status = in_container(container, "cat", "/proc/self/status").stdout
    for kind in ("CapPrm", "CapEff", "CapBnd"):
        assert f"{kind}:\t0000000000000000" in status, status
    assert in_container(container, "touch", "/srv/x").returncode != 0


def test_leaves_in_peace_when_told_to_stop(container: dict[str, Any]) -> None:
    its = container["Id"]
    docker("stop", "--time", "30", its)
    assert inspect("container", its)[0]["State"]["ExitCode"] == 0, docker("logs", its)


@pytest.mark.parametrize("part", PARTS)
def test_says_what_it_is(part: str, built: dict[str, str]) -> None:
    labels = inspect("image", built[part])[0]["Config"]["Labels"]
    assert labels["com.minitwit.service"] == part
    assert labels["org.opencontainers.image.title"] == f"minitwit-{part}"
    assert labels["org.opencontainers.image.revision"] == images.commit(part)
    assert labels["org.opencontainers.image.version"] == images.version(part)


@pytest.mark.parametrize("service", SERVICES)
def test_holds_its_own_code_and_the_chassis(service: str, built: dict[str, str]) -> None:
    listing = docker("run", "--rm", "--network", "none", built[service], "ls", "/srv").split()
    wanted = {"chassis", service} | ({"migrations"} if service != "web" else set())
    assert set(listing) == wanted


@pytest.mark.parametrize("service", SERVICES)
def test_holds_no_tools_of_its_making(service: str, built: dict[str, str]) -> None:
    look = (
        "ls -d ~root/.cache /tmp/* /opt/venv/bin/pip* /opt/venv/lib/python*/site-packages/pip "
        "2>/dev/null; command -v gcc cc make; find /srv -name tests"
    )
    found = run("run", "--rm", "--network", "none", built[service], "sh", "-c", look)
    assert found.stdout == ""


@pytest.mark.parametrize("part", PARTS)
def test_history_tells_no_secret(part: str, built: dict[str, str]) -> None:
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", built[part]).lower()
    assert not [word for word in ("password", "private key", "index-url", "://") if word in history]
