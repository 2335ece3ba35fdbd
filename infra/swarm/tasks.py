"""A service's tasks: what they are told, how they fare, and in plain words why they ended."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.swarm.docker import DockerFailed, inspect, lines, logs, run
from infra.trouble import Trouble

LAST_LINES = 10
NOTHING = "    (nothing)"
MOST_LINES = 200
# A task that the swarm stops for failing its health check, and that exits with 0, has no error.
ENDED_WELL = (
    "it ended in good order though it should run: its health check failed and the swarm "
    "stopped it, or its process ended by itself"
)
ALIVE = ("new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting")
# What the engine says, and what that means for whoever deploys.
MEANINGS = (
    ("unhealthy container", "its health check failed: the process did not answer on /healthz"),
    ("No such image", "the node can't get the image: not in the registry, or no right to pull it"),
    ("secret not found", "a secret that it needs is gone; run `make secrets` and deploy again"),
    ("secret reference", "a secret that it needs is gone; run `make secrets` and deploy again"),
    ("config reference", "a config that it needs is gone; run `make secrets` and deploy again"),
    ("host-mode port already in use", "its port is taken on every node that could run it"),
    ("insufficient resources", "no node has the processor time or memory that it reserves"),
    (
        "scheduling constraints not satisfied",
        "no node carries the label that it needs "
        "(Postgres: docker node update --label-add minitwit.postgres=true NODE)",
    ),
    ("no suitable node", "no node may run it"),
    ("exit (137)", "it was killed: out of memory, or by hand (SIGKILL)"),
    ("exit (2)", "it refused its configuration; its own lines below say what is wrong"),
    ("exec format error", "the image is for another kind of processor"),
    ("non-zero exit", "its process ended by itself"),
)


@dataclass(frozen=True)
class Task:
    """One task as the swarm tells of it."""

    id: str
    node: str
    state: str
    desired: str
    error: str
    container: dict[str, Any]
    at: str

    @property
    def image(self) -> str:
        return str(self.container["Image"])

    @property
    def is_wanted(self) -> bool:
        return self.desired in ("running", "ready")

    @property
    def has_failed(self) -> bool:
        return self.state in ("failed", "rejected") or (self.state in ALIVE and bool(self.error))

    def why(self) -> str:
        """The cause in plain words, with the engine's own in brackets."""
        if not self.error:
            return ENDED_WELL if self.state == "complete" else f"it is {self.state}"
        for words, meaning in MEANINGS:
            if words in self.error:
                return f"{meaning} ({self.error})"
        return self.error


def of(service: str) -> list[Task]:
    """The tasks that the swarm still knows, newest first; none if there is no such service."""
    done = run("service", "ps", "--quiet", "--no-trunc", service)
    if done.returncode and "no such service" not in done.stderr.lower():
        raise DockerFailed(f"docker service ps: {done.stderr.strip()}")
    return found(done.stdout.split())


def found(ids: Iterable[str]) -> list[Task]:
    """Those of the tasks that the swarm still knows, newest first."""
    known = inspect("task", *ids)
    return sorted(map(_task, known), key=lambda task: task.at, reverse=True)


def _task(found: dict[str, Any]) -> Task:
    status = found["Status"]
    return Task(
        id=found["ID"],
        node=found.get("NodeID", ""),
        state=status["State"],
        desired=found["DesiredState"],
        error=status.get("Err", ""),
        container=found["Spec"]["ContainerSpec"],
        at=found["CreatedAt"],
    )


def last_words(task: Task) -> str:
    """The last lines of a task's log without its ordinary requests, or why there are none."""
    lines = logs("--tail", str(MOST_LINES), task.id).splitlines()
    kept = [text for text in map(_shown, lines) if text]
    return "\n".join(f"    {text}" for text in kept[-LAST_LINES:]) or NOTHING


def _shown(line: str) -> str:
    """A log line for a reader: of JSON its time, level and message; of a traceback its end."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line.rstrip()
    if not isinstance(entry, dict) or entry.get("log.logger") == "chassis.access":
        return ""
    ending = str(entry.get("error.stack_trace", "")).strip().splitlines()[-1:]
    what = [str(entry.get(key, "")) for key in ("@timestamp", "log.level", "message")]
    return " ".join([what[0][11:19], *what[1:], *ending])


def nodes() -> list[dict[str, Any]]:
    """The nodes that take tasks now."""
    return [node for node in all_nodes() if takes_tasks(node)]


def all_nodes() -> list[dict[str, Any]]:
    return inspect("node", *lines("node", "ls", "--quiet"))


def check_label(label: str, purpose: str) -> None:
    """Trouble unless one node is chosen for a purpose by the label, and takes tasks.

    Were there several, what is kept on one would be looked for on another.
    """
    chosen = labelled(label)
    if len(chosen) > 1:
        names = ", ".join(str(node["Description"]["Hostname"]) for node in chosen)
        command = f"docker node update --label-rm {label} NODE"
        raise Trouble(f"Only one node may {purpose}, and these are chosen: {names}; {command}")
    if not any(map(takes_tasks, chosen)):
        command = f"docker node update --label-add {label}=true NODE"
        raise Trouble(f"No node is chosen to {purpose}: {command}")


def labelled(label: str) -> list[dict[str, Any]]:
    """The nodes that carry a label, also those that take no tasks now."""
    return [node for node in all_nodes() if node["Spec"].get("Labels", {}).get(label) == "true"]


def takes_tasks(node: dict[str, Any]) -> bool:
    return (node["Status"]["State"], node["Spec"]["Availability"]) == ("ready", "active")
