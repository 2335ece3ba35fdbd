"""Watches an update to its end, without relying on docker's exit status.

The docker command exits with 0 even after an automatic rollback, so the outcome is read from the
swarm: the update's state, and what each running task was in fact given.
"""

import re
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from infra.swarm import tasks
from infra.swarm.docker import docker, insist, inspect, say
from infra.swarm.tasks import Task
from infra.trouble import Trouble

PATIENCE_SECONDS = 600.0
CREATION_SECONDS = 180.0
MOST_FAILURES = 3
POLL_SECONDS = 0.5
ANEW = "com.minitwit.anew"


@dataclass(frozen=True)
class View:
    """A service and its tasks at one moment; `suspects` are those that failed, newest first."""

    service: dict[str, Any]
    tasks: list[Task]
    suspects: tuple[Task, ...] = ()

    @property
    def name(self) -> str:
        return str(self.service["Spec"]["Name"])

    @property
    def state(self) -> str:
        return str((self.service.get("UpdateStatus") or {}).get("State", ""))

    @property
    def container(self) -> dict[str, Any]:
        """The container that its tasks should run."""
        container: dict[str, Any] = self.service["Spec"]["TaskTemplate"]["ContainerSpec"]
        return container

    @property
    def image(self) -> str:
        return str(self.container["Image"])

    @property
    def wanted(self) -> int:
        """How many tasks there should be."""
        mode = self.service["Spec"]["Mode"]
        if "Replicated" in mode:
            return int(mode["Replicated"]["Replicas"])
        return len(tasks.nodes())

    @property
    def right(self) -> list[Task]:
        """The tasks that run what they should."""
        running = [task for task in self.tasks if task.is_wanted and task.state == "running"]
        container = _filled(self.container)
        return [task for task in running if _filled(task.container) == container]

    @property
    def others(self) -> list[Task]:
        """Tasks that should end, or have not begun, or run something else."""
        here = {node["ID"] for node in tasks.nodes()}
        at_work = [task for task in self.tasks if task.is_wanted or task.state == "running"]
        known = {task.id for task in self.right}
        return [task for task in at_work if task.id not in known and task.node in {*here, ""}]

    @property
    def is_settled(self) -> bool:
        return len(self.right) >= self.wanted and not self.others


def _filled(container: dict[str, Any]) -> dict[str, Any]:
    """Leave out empty values, which the engine returns for a service and not for its tasks."""
    return {key: value for key, value in container.items() if value}


def look(service: str) -> View:
    found = inspect("service", service)
    if not found:
        raise Trouble(f"There is no service {service}; `make deploy` makes it.")
    return View(found[0], tasks.of(service))


class Failed(Trouble):
    """An update that failed; `view` is the state that it left, which says why."""

    def __init__(self, reason: str, view: View) -> None:
        super().__init__("\n".join([reason, *_post_mortem(view)]))


def moment(service: str) -> str:
    """When the newest task was made: later ones belong to the change that comes next."""
    return max((task.at for task in tasks.of(service)), default="")


def await_settled(
    service: str, since: str, patience: float = PATIENCE_SECONDS, *, watched: bool = True
) -> View:
    """Wait until every task runs what it should; Failed when the swarm rolled it back or gave up.

    `watched` waits until the swarm has watched the new tasks for as long as it wants to, too.
    """
    started, said = time.monotonic(), ""
    failures = Failures(since)
    while True:
        view = failures.look(service)
        if view.state in ("rollback_completed", "rollback_paused", "paused"):
            raise Failed(_rolled_back(view), view)
        if view.is_settled and (view.state in ("", "completed") or not watched):
            say(f"  {service}: {len(view.right)} of {view.wanted} run {_short(view)}")
            return view
        said = _tell(view, said)
        waited = time.monotonic() - started
        if not view.state and _is_hopeless(view, waited):
            raise Failed(f"{service} does not come up.", view)
        if waited > patience:
            raise Failed(f"{service} did not settle in {patience:.0f} s.", view)
        time.sleep(POLL_SECONDS)


def start_anew(*services: str) -> dict[str, str]:
    """Replace all tasks of those services that exist, as an update does, all services at once.

    Returns when no old task runs any more, while the swarm still watches the new ones; by service,
    the `moment` to `await_settled` with.
    """
    since = {service: moment(service) for service in services if inspect("service", service)}
    # With --force alone, new tasks could not be told from old ones.
    mark = f"{ANEW}={datetime.now(UTC).isoformat()}"
    for service in since:
        docker("service", "update", "--detach", "--quiet", "--container-label-add", mark, service)
    for service, newest in since.items():
        await_settled(service, newest, watched=False)
    return since


@dataclass
class Failures:
    """The failed tasks of those made since a moment; the swarm may forget them before the end."""

    since: str
    suspects: dict[str, Task] = field(default_factory=dict)

    def look(self, service: str) -> View:
        return insist(lambda: self.add(look(service)))

    def add(self, view: View) -> View:
        """The view, with all that failed until now and whatever the swarm blames."""
        failed = [task for task in view.tasks if task.has_failed]
        for task in [*failed, *_blamed(view)]:
            if task.at > self.since:
                self.suspects[task.id] = task
        newest_first = sorted(self.suspects.values(), key=lambda task: task.at, reverse=True)
        return replace(view, suspects=tuple(newest_first))


def _blamed(view: View) -> list[Task]:
    """The task whose failure made the swarm give up an update, as its message says."""
    message = str((view.service.get("UpdateStatus") or {}).get("Message", ""))
    return tasks.found(re.findall(r"\btask (\w{25})\b", message))


def roll_back(service: str) -> View:
    """Roll a service back and watch that to its end; Failed if it does not succeed."""
    failures = Failures(moment(service))
    docker("service", "rollback", "--detach", "--quiet", service)
    started, said = time.monotonic(), ""
    while True:
        view = failures.look(service)
        if view.state in ("rollback_completed", "completed", "") and view.is_settled:
            say(f"  {service}: {len(view.right)} of {view.wanted} run {_short(view)}")
            return view
        late = time.monotonic() - started > PATIENCE_SECONDS
        if late or view.state in ("rollback_paused", "paused"):
            raise Failed(f"{service} could not be rolled back.", view)
        said = _tell(view, said)
        time.sleep(POLL_SECONDS)


def why_no_rollback(service: str) -> str:
    """Why the service can't be rolled back; empty if it can."""
    found = inspect("service", service)
    previous = (found[0].get("PreviousSpec") if found else None) or {}
    if not previous:
        return "the swarm remembers no earlier version"
    container = previous["TaskTemplate"]["ContainerSpec"]
    for kind, key in (("secret", "Secrets"), ("config", "Configs")):
        for each in container.get(key) or ():
            name = each[f"{kind.title()}Name"]
            if not inspect(kind, name):
                return f"the earlier version was told {name}, which has been replaced since"
    return ""


def _is_hopeless(view: View, waited: float) -> bool:
    """A new service has no rollback: it fails when its tasks keep failing or never begin."""
    failed = [task for task in view.suspects if task.state in _ENDED_BADLY]
    return len(failed) >= MOST_FAILURES or waited > CREATION_SECONDS


_ENDED_BADLY = ("failed", "rejected")


def _rolled_back(view: View) -> str:
    message = (view.service.get("UpdateStatus") or {}).get("Message", "")
    if view.state == "rollback_completed":
        return f"{view.name} was rolled back to {_short(view)} by the swarm: {message}."
    return f"{view.name} stands still half way ({message}); look at `make doctor`."


def _tell(view: View, said: str) -> str:
    text = f"  {view.name}: {view.state or 'starting'}, {len(view.right)} of {view.wanted} ready"
    if text != said:
        say(text)
    return text


def _short(view: View) -> str:
    return view.image.rpartition("/")[2]


def _post_mortem(view: View) -> list[str]:
    """For each image and kind of failure the newest task's reason and last words."""
    reasons: dict[tuple[str, str], Task] = {}
    for task in view.suspects or view.others:
        reasons.setdefault((task.image, task.why()), task)
    out = []
    for (_, why), task in reasons.items():
        out.append(f"  task {task.id[:12]} of {task.image.rpartition('/')[2]}: {why}; it last said")
        out.append(tasks.last_words(task))
    return out
