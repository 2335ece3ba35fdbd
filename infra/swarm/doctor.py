"""`make doctor`: in plain words, what is not as it should be, and what to do about it.

It asks the swarm about every service's tasks, including those of the stacks for metrics and logs,
and asks each replica, from inside the stack, whether it can serve. The exit status is 1 if
anything is wrong; remarks alone leave it at 0.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.swarm import backups, jobs, lock, metrics, rollout, secrets, ship, tasks
from infra.swarm.deploy import POSTGRES
from infra.swarm.docker import exit_status, inspect, is_manager, lines, run, say
from infra.swarm.jobs import Job
from infra.swarm.rollout import View
from infra.swarm.settings import PARTS, SERVICES, Settings, read
from infra.trouble import Trouble

PROBE = Path(__file__).parent / "inside" / "probe.py"
PROBE_SECONDS = 30.0
# A line that begins with this belongs to the one before it.
DETAIL = "  "
# A line that begins with this says nothing that is wrong.
REMARK = "worth knowing: "
FULL = "the database has no connection left (runbook, DatabaseConnectionsShort)"
ADVICE = {
    "authentication failed": "the database refuses its password: run again what stopped half way, "
    "a restore or a rotation; else `make adjust` sets today's",
    "not permitted to log in": "it is locked out, as by a restore, whose end lets it in again",
    "connection slots": FULL,
    "too many clients": FULL,
    "database": "its database does not answer: look at the service postgres, or at its secret",
    "schema": "its schema is behind: a migration is missing; `make adjust` runs it",
    "draining": "it is about to stop; that ends by itself",
}
# The command that brings a service back that was scaled to 0.
STARTS = {service: f"make adjust SERVICE={service}" for service in SERVICES}
STARTS |= {POSTGRES: "make adjust", backups.PART: "make backup"}


def main() -> None:
    found = 0
    for each in examine(read()):
        say(each)
        found += not each.startswith((DETAIL, REMARK))
    if found:
        things = "1 thing is not as it" if found == 1 else f"{found} things are not as they"
        raise Trouble(f"{things} should be.")
    say("Every service is up, every replica can serve.")


def examine(settings: Settings) -> Iterator[str]:
    yield from _swarm(settings)
    if holder := lock.holder(settings):
        yield f"{REMARK}{holder}"
    up = []
    for part in _parts(settings):
        told = list(_part(part, settings.service(part)))
        yield from told
        if all(each.startswith(REMARK) for each in told) and part in SERVICES:
            up.append(part)
    if up:
        yield from _ready(settings, up)
        yield from _together(settings, up)
    if backups.has_been_left(settings):
        yield "backups: are of a database that the stack no longer uses; `make backup` moves them"
    for beside in (metrics.of_metrics(settings), ship.of_logs(settings)):
        yield from _beside(settings, beside)


def _parts(settings: Settings) -> Iterator[str]:
    """The parts that the stack should have, and `backup` if it has that."""
    known = secrets.current(settings, "secret")
    if secrets.ADMIN in known and secrets.has_own_cluster(known):
        yield POSTGRES
    yield from PARTS
    if inspect("service", settings.service(backups.PART)):
        yield backups.PART


def _swarm(settings: Settings) -> Iterator[str]:
    if not is_manager():
        raise Trouble("This engine is no swarm manager; point DOCKER_HOST at one.")
    for node in inspect("node", *lines("node", "ls", "--quiet")):
        if not tasks.takes_tasks(node):
            name = node["Description"]["Hostname"]
            how = f"{node['Status']['State']}, {node['Spec']['Availability']}"
            yield f"node {name}: takes no tasks ({how})"
    try:
        secrets.variables(settings)
    except Trouble as trouble:
        yield f"secrets: {trouble}"


def _beside(settings: Settings, beside: Settings) -> Iterator[str]:
    """The problems of a stack beside this one, as far as that is deployed."""
    label = f"label=com.docker.stack.namespace={beside.stack}"
    for service in lines("service", "ls", "--filter", label, "--format", "{{.Name}}"):
        yield from _part(service.removeprefix(f"{settings.stack}-"), service)


def _part(part: str, service: str) -> Iterator[str]:
    if not inspect("service", service):
        yield f"{part}: is not deployed; `make deploy` does it"
        return
    view = rollout.look(service)
    if view.state in ("updating", "rollback_started"):
        yield f"{part}: is being changed right now ({view.state})"
    if view.state in ("paused", "rollback_paused"):
        message = view.service["UpdateStatus"].get("Message", "")
        yield f"{part}: an update stands still half way: {message}"
    yield from _missing(part, view)
    yield from _killed(part, view)


def _missing(part: str, view: View) -> Iterator[str]:
    if not view.wanted and part in STARTS:
        yield f"{part}: was scaled to 0 by hand; `{STARTS[part]}` starts it"
    if len(view.right) < view.wanted:
        others = len([task for task in view.others if task.state == "running"])
        besides = f" what they should; {others} still run something else" if others else ""
        yield f"{part}: {len(view.right)} of {view.wanted} replicas run{besides}"
        yield from _causes(view)


def _causes(view: View) -> Iterator[str]:
    """Why the others do not run: each cause once, with the newest task's last lines.

    What failed before the last update began is no cause.
    """
    seen: dict[str, tasks.Task] = {}
    begun = (view.service.get("UpdateStatus") or {}).get("StartedAt", "")
    for task in view.tasks:
        has_failed = task.has_failed and task.at >= begun
        if has_failed or (task.is_wanted and task.state != "running"):
            seen.setdefault(task.why(), task)
    for why, task in seen.items():
        yield f"{DETAIL}{why}; task {task.id[:12]} last said\n{tasks.last_words(task)}"
    if not seen:
        yield f"{DETAIL}no task says why; the swarm may still be about to start one"


def _killed(part: str, view: View) -> Iterator[str]:
    """Containers of this node that the kernel killed because they ran out of memory."""
    label = f"label=com.docker.swarm.service.name={view.name}"
    ended = run("ps", "--all", "--quiet", "--filter", label, "--filter", "status=exited")
    for container in inspect("container", *ended.stdout.split()):
        if container["State"]["OOMKilled"]:
            limit = container["HostConfig"]["Memory"] // 2**20
            when = container["State"]["FinishedAt"]
            remark = REMARK if len(view.right) >= view.wanted else ""
            yield f"{remark}{part}: ran out of its {limit} MiB of memory at {when}"


def _ready(settings: Settings, services: list[str]) -> Iterator[str]:
    """Ask each replica from inside the stack; a line for each that can't serve."""
    image = rollout.look(settings.service(services[0])).image
    job = Job(
        name="probe",
        image=image,
        command=("python", "-c", PROBE.read_text(encoding="utf-8"), *services),
        networks=("edge",),
        patience=PROBE_SECONDS,
        prints=True,
    )
    try:
        printed = jobs.perform(settings, job).splitlines()
    except Trouble as trouble:
        yield f"replicas: none could be asked: {trouble}"
        return
    if not printed:
        yield "replicas: each was asked, but the engine does not hand out what they said"
        return
    for each in json.loads(printed[-1]):
        if each["status"] != 200:
            yield _unready(each)


def _together(settings: Settings, services: list[str]) -> Iterator[str]:
    """Services whose replicas are all on one node, though there are several."""
    if len(tasks.nodes()) < 2:
        return
    for service in services:
        replicas = rollout.look(settings.service(service)).right
        nodes = {task.node for task in replicas}
        if len(replicas) > 1 and len(nodes) == 1:
            (node,) = inspect("node", *nodes)
            yield _on_one_node(service, node["Description"]["Hostname"], len(replicas))


def _on_one_node(service: str, node: str, count: int) -> str:
    """A remark and its remedy: to scale up, then down, as the swarm adds where there are fewest."""
    all_of_them = "both" if count == 2 else f"all {count}"
    more, same = (f"{service.upper()}_REPLICAS={number}" for number in (count + 1, count))
    return (
        f"{REMARK}{all_of_them} replicas of {service} are on {node}; "
        f"`{more} make adjust SERVICE={service}`, then the same with {same}, moves one to another"
    )


def _unready(said: dict[str, Any]) -> str:
    """What the probe tells of a replica that can't serve, and what to do about it."""
    reason = str(said["reason"])
    advice = next((text for word, text in ADVICE.items() if word in reason), "")
    return f"{said['service']} at {said['address']}: can't serve ({reason}); {advice}".rstrip("; ")


if __name__ == "__main__":
    sys.exit(exit_status(main))
