"""The stack that the proof runs on: with its own name and port, and removed afterwards."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from infra.proof.client import Client
from infra.swarm import images, rollout, secrets, tasks
from infra.swarm.deploy import LABEL
from infra.swarm.docker import ROOT, docker, inspect, lines, own_node, run, say
from infra.swarm.jobs import LABEL as JOB
from infra.swarm.settings import PARTS, Settings
from infra.swarm.tasks import Task
from infra.trouble import Trouble

HERE = "127.0.0.1"
COMMAND_SECONDS, ENDING_SECONDS = 660, 60
# So that all events fit in half an hour: how long each update is watched, and a token lives.
QUICKLY = {"UPDATE_MONITOR": "20s", "ACCESS_TOKEN_SECONDS": "20"}
SETTLE_SECONDS = 180.0
LOG_SECONDS = 30


@dataclass
class Scene:
    """`clients` are the nodes' gateways, this machine's first; `images` what was deployed first."""

    settings: Settings
    clients: list[Client]
    images: dict[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

    @property
    def nodes(self) -> list[str]:
        return [client.node for client in self.clients]

    def make(self, target: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run what `make TARGET` runs; returns its exit status and output."""
        settings = {"STACK": self.settings.stack, "REGISTRY": self.settings.registry, "URL": ""}
        settings |= {"GATEWAY_PORT": str(self.settings.port), "SERVICE": "", **QUICKLY, **variables}
        try:
            return ran([sys.executable, "-m", f"infra.swarm.{target}"], settings, COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            raise Trouble(f"make {target} did not end in {COMMAND_SECONDS} s.") from None

    def must(self, target: str, **variables: str) -> str:
        """Run TARGET like `make`; Trouble, which ends the event, unless it succeeds."""
        done = self.make(target, **variables)
        if done.returncode:
            raise Trouble(f"make {target} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def derived(self, part: str, what: str, *instructions: str) -> str:
        """Build an image from the part's own by some more instructions; returns its reference."""
        name = f"{self.settings.registry or 'minitwit'}/{part}:proof-{what}"
        dockerfile = "\n".join([f"FROM {self.images[part]}", *instructions])
        docker("build", "--quiet", "--tag", name, "-", given=dockerfile)
        self.made.add(name)
        return images.push(name) if self.settings.registry else name

    def running(self, part: str) -> list[Task]:
        known = tasks.of(self.settings.service(part))
        return [task for task in known if task.is_wanted and task.state == "running"]

    def keep_logs(self, folder: Path) -> None:
        """Write each part's log to a file of its own, cut short if it never comes to an end."""

        def keep(part: str) -> None:
            service = self.settings.service(part)
            done = run("service", "logs", "--no-trunc", service, seconds=LOG_SECONDS)
            (folder / f"{part}.log").write_text(done.stdout + done.stderr, encoding="utf-8")

        folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor() as keepers:
            list(keepers.map(keep, (*PARTS, "postgres")))

    def await_settled(self) -> None:
        """Wait until every part runs as it should."""
        services = [self.settings.service(part) for part in (*PARTS, "postgres")]
        await_(lambda: all(rollout.look(each).is_settled for each in services), "the stack")

    def await_node(self, node: str, state: str) -> None:
        def is_so() -> bool:
            found = inspect("node", node)[0]
            return bool(found["Status"]["State"] == state)

        await_(is_so, f"node {node} {state}")


def ran(
    command: list[str], variables: Mapping[str, str], seconds: float
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; one that is interrupted, or late, is given time to clean up.

    A command that is killed leaves the stack's lock behind.
    """
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            said = process.communicate(timeout=seconds)
        except BaseException:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=ENDING_SECONDS)
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, *said)


def await_(is_so: Callable[[], bool], what: str, seconds: float = SETTLE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise Trouble(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.5)


def nodes() -> list[str]:
    """This machine, and the address of each other node that takes tasks."""
    own = own_node()
    others = [node["Status"]["Addr"] for node in tasks.nodes() if node["ID"] != own]
    return [HERE, *others]


@contextmanager
def stack(settings: Settings) -> Iterator[Scene]:
    """Deploy a whole stack as `make deploy` does; nothing of it is left afterwards."""
    if settings.stack in lines("stack", "ls", "--format", "{{.Name}}"):
        raise Trouble(f"There is a stack {settings.stack} already; STACK=… names another.")
    scene = Scene(settings, [Client(node, settings.port) for node in nodes()])
    labelled = _label_a_node()
    try:
        say("Starting the stack …")
        scene.must("secrets")
        scene.must("deploy")
        for part in PARTS:
            scene.images[part] = scene.running(part)[0].image
        yield scene
    finally:
        say("Taking the stack down …")
        try:
            _remove(settings)
        finally:
            for image in scene.made:
                run("rmi", image)
            if labelled:
                run("node", "update", "--label-rm", LABEL, labelled)


def _label_a_node() -> str:
    """Choose this node for Postgres and return its id; "" if a node is chosen already."""
    if tasks.labelled(LABEL):
        return ""
    own = own_node()
    docker("node", "update", "--label-add", f"{LABEL}=true", own)
    return own


def _remove(settings: Settings) -> None:
    run("stack", "rm", settings.stack)
    for job in lines("service", "ls", "--quiet", "--filter", f"label={JOB}={settings.stack}"):
        run("service", "rm", job)
    for kind in ("secret", "config"):
        marked = f"label={secrets.STACK}={settings.stack}"
        for name in lines(kind, "ls", "--quiet", "--filter", marked):
            run(kind, "rm", name)
    marked = f"label=com.docker.stack.namespace={settings.stack}"
    await_(lambda: _gone(("network", "volume"), marked), "nothing of the stack's is left")


def _gone(kinds: Sequence[str], marked: str) -> bool:
    """Remove what is left, which only works once the last container has gone; whether it did."""
    left = [(kind, name) for kind in kinds for name in lines(kind, "ls", "-q", "--filter", marked)]
    for kind, name in left:
        run(kind, "rm", name)
    return not left
