"""What is remembered of an update that went wrong."""

from infra.swarm.rollout import Memory, View
from infra.swarm.tasks import Task

SICK = "task: non-zero exit (1): dockerexec: unhealthy container"


def task(id_: str, at: str, state: str = "running", error: str = "") -> Task:
    return Task(id_, "node", state, "running", error, {"Image": "web"}, "1", at)


def view(*tasks: Task, message: str = "") -> View:
    return View({"Spec": {"Name": "web"}, "UpdateStatus": {"Message": message}}, list(tasks))


def test_what_failed_is_known_when_the_swarm_has_forgotten_it() -> None:
    memory = Memory("2026-11-25T10:00")
    memory.add(view(task("new", "2026-11-25T10:01", "failed", SICK)))
    last = memory.add(view(task("back", "2026-11-25T10:02")))
    assert [each.id for each in last.suspects] == ["new"]
    assert last.suspects[0].why().startswith("its health check failed")


def test_what_failed_before_is_not_this_updates_doing() -> None:
    memory = Memory("2026-11-25T10:00")
    last = memory.add(view(task("old", "2026-11-25T09:59", "failed", SICK)))
    assert last.suspects == ()


def test_a_task_is_remembered_as_it_ended_and_the_newest_comes_first() -> None:
    memory = Memory("2026-11-25T10:00")
    memory.add(view(task("one", "2026-11-25T10:01", "starting", "No such image")))
    memory.add(view(task("one", "2026-11-25T10:01", "rejected", "No such image: web:2")))
    last = memory.add(view(task("two", "2026-11-25T10:03", "failed", SICK)))
    assert [(each.id, each.state) for each in last.suspects] == [
        ("two", "failed"),
        ("one", "rejected"),
    ]


def test_who_is_stopped_for_its_health_and_ends_well_is_told_from_others() -> None:
    assert "health check failed" in task("sick", "2026-11-25T10:01", "complete").why()
    assert task("late", "2026-11-25T10:01", "preparing").why() == "it is preparing"
