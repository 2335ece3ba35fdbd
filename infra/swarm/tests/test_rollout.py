"""How an update is watched to its end, and what is remembered of one that went wrong."""

from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from infra.swarm import docker, rollout
from infra.swarm.docker import DockerFailed
from infra.swarm.rollout import Failed, Failures, View
from infra.swarm.tasks import Task

SICK = "task: non-zero exit (1): dockerexec: unhealthy container"


def task(id_: str, at: str, state: str = "running", error: str = "") -> Task:
    return Task(id_, "node", state, "running", error, {"Image": "web"}, at)


def view(*tasks: Task, message: str = "") -> View:
    return View({"Spec": {"Name": "web"}, "UpdateStatus": {"Message": message}}, list(tasks))


def test_failed_tasks_are_remembered_after_the_swarm_forgets_them() -> None:
    failures = Failures("2026-11-25T10:00")
    failures.add(view(task("new", "2026-11-25T10:01", "failed", SICK)))
    last = failures.add(view(task("back", "2026-11-25T10:02")))
    assert [each.id for each in last.suspects] == ["new"]
    assert last.suspects[0].why().startswith("its health check failed")


def test_what_failed_before_is_not_this_updates_doing() -> None:
    failures = Failures("2026-11-25T10:00")
    last = failures.add(view(task("old", "2026-11-25T09:59", "failed", SICK)))
    assert last.suspects == ()


def test_a_task_is_remembered_as_it_ended_and_the_newest_comes_first() -> None:
    failures = Failures("2026-11-25T10:00")
    failures.add(view(task("one", "2026-11-25T10:01", "starting", "No such image")))
    failures.add(view(task("one", "2026-11-25T10:01", "rejected", "No such image: web:2")))
    last = failures.add(view(task("two", "2026-11-25T10:03", "failed", SICK)))
    assert [(each.id, each.state) for each in last.suspects] == [
        ("two", "failed"),
        ("one", "rejected"),
    ]


def test_a_task_stopped_as_unhealthy_is_recognised_even_if_it_exits_cleanly() -> None:
    assert "health check failed" in task("sick", "2026-11-25T10:01", "complete").why()
    assert task("late", "2026-11-25T10:01", "preparing").why() == "it is preparing"


OLD, NEW = "web:1", "web:2"
Moment = tuple[str, list[Task]]


def running(id_: str, image: str = NEW, desired: str = "running") -> Task:
    return Task(id_, "node", "running", desired, "", {"Image": image}, "2026-11-25T10:01")


def failed(id_: str, image: str = NEW) -> Task:
    return Task(
        id_, "node", "failed", "shutdown", SICK, {"Image": image}, f"2026-11-25T10:01:{id_}"
    )


class Swarm:
    """A service whose two replicas should run NEW: its states one by one; the last one stays."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.moments: list[Moment] = []
        self.done: list[tuple[str, ...]] = []
        patch.setattr(rollout, "inspect", lambda *_: [self._service()])
        patch.setattr(rollout, "docker", lambda *words: self.done.append(words))
        patch.setattr(rollout.tasks, "of", lambda _: self.moments[0][1])
        patch.setattr(rollout.tasks, "nodes", lambda: [{"ID": "node"}])
        patch.setattr(rollout.tasks, "found", lambda _: [])
        patch.setattr(rollout.tasks, "last_words", lambda _: rollout.tasks.NOTHING)
        clock = SimpleNamespace(monotonic=count().__next__, sleep=self._pass)
        patch.setattr(rollout, "time", clock)

    def _service(self) -> dict[str, Any]:
        spec = {
            "Name": "web",
            "Mode": {"Replicated": {"Replicas": 2}},
            "TaskTemplate": {"ContainerSpec": {"Image": NEW}},
        }
        return {"Spec": spec, "UpdateStatus": {"State": self.moments[0][0], "Message": "why"}}

    def _pass(self, _seconds: float) -> None:
        if len(self.moments) == 1:
            pytest.fail("it would wait for ever")
        self.moments.pop(0)


@pytest.fixture
def swarm(monkeypatch: pytest.MonkeyPatch) -> Swarm:
    return Swarm(monkeypatch)


BOTH = [running("a"), running("b")]


@pytest.mark.parametrize("state", ["completed", ""])
def test_an_update_is_over_when_each_task_runs_what_it_should(swarm: Swarm, state: str) -> None:
    swarm.moments = [
        ("updating", [running("old", OLD), running("a")]),
        ("updating", BOTH),
        (state, [running("a"), running("old", OLD)]),
        (state, [*BOTH, running("old", OLD, "shutdown")]),
        (state, [running("a")]),
        (state, BOTH),
    ]
    view = rollout.await_settled("web", "2026-11-25T10:00")
    assert [each.id for each in view.right] == ["a", "b"]
    assert len(swarm.moments) == 1


def test_old_tasks_are_gone_before_the_swarm_has_watched_the_new_ones(swarm: Swarm) -> None:
    swarm.moments = [
        ("updating", [running("old", OLD), running("a")]),
        ("updating", [*BOTH, running("old", OLD, "shutdown")]),
        ("updating", BOTH),
        ("completed", BOTH),
    ]
    rollout.await_settled("web", "2026-11-25T10:00", watched=False)
    assert [state for state, _ in swarm.moments] == ["updating", "completed"]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("rollback_completed", "was rolled back to web:2 by the swarm: why"),
        ("rollback_paused", "stands still half way"),
        ("paused", "stands still half way"),
    ],
)
def test_an_update_that_the_swarm_gave_up_has_failed(swarm: Swarm, state: str, why: str) -> None:
    swarm.moments = [("updating", [failed("1")]), (state, BOTH)]
    with pytest.raises(Failed, match=f"{why}(.|\n)*its health check failed"):
        rollout.await_settled("web", "2026-11-25T10:00")


def test_failures_of_the_new_version_are_reported_even_if_the_old_one_fails_too(
    swarm: Swarm,
) -> None:
    swarm.moments = [
        ("updating", [failed("1", NEW)]),
        ("rollback_started", [failed("2", OLD)]),
        ("rollback_paused", [failed("3", OLD)]),
    ]
    with pytest.raises(Failed) as trouble:
        rollout.await_settled("web", "2026-11-25T10:00")
    told = [line for line in str(trouble.value).splitlines() if "health check failed" in line]
    assert [line.split()[:4] for line in told] == [
        ["task", "3", "of", f"{OLD}:"],
        ["task", "1", "of", f"{NEW}:"],
    ]


def test_a_new_service_whose_tasks_keep_failing_does_not_come_up(swarm: Swarm) -> None:
    swarm.moments = [("", [failed(str(n)) for n in range(many)]) for many in (1, 2, 3)]
    with pytest.raises(Failed, match="web does not come up"):
        rollout.await_settled("web", "2026-11-25T10:00")
    assert len(swarm.moments) == 1


def test_what_takes_too_long_has_failed(swarm: Swarm) -> None:
    swarm.moments = [("updating", [running("a")])]
    with pytest.raises(Failed, match="did not settle in 0 s"):
        rollout.await_settled("web", "2026-11-25T10:00", patience=0.0)


def test_an_update_outlives_a_connection_to_the_engine(
    swarm: Swarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the swarm's leader is lost, and another one takes over."""
    swarm.moments = [("updating", [running("a")]), ("completed", BOTH)]
    asked, lost = rollout.inspect, iter([True, False, True, True])

    def inspect(kind: str, name: str) -> list[dict[str, Any]]:
        if next(lost, False):
            raise DockerFailed("docker inspect: The swarm does not have a leader")
        return asked(kind, name)

    monkeypatch.setattr(rollout, "inspect", inspect)
    monkeypatch.setattr(docker, "POLL_SECONDS", 0.0)
    assert rollout.await_settled("web", "2026-11-25T10:00").is_settled


@pytest.mark.parametrize("state", ["rollback_completed", "completed", ""])
def test_going_back_is_watched_to_its_end(swarm: Swarm, state: str) -> None:
    swarm.moments = [("rollback_started", [running("a")]), (state, [running("a")]), (state, BOTH)]
    assert rollout.roll_back("web").is_settled
    assert swarm.done == [("service", "rollback", "--detach", "--quiet", "web")]


@pytest.mark.parametrize("state", ["rollback_paused", "paused"])
def test_a_failed_rollback_is_reported(swarm: Swarm, state: str) -> None:
    swarm.moments = [("rollback_started", []), (state, BOTH)]
    with pytest.raises(Failed, match="web could not be rolled back"):
        rollout.roll_back("web")
