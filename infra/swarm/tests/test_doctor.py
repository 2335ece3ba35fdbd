"""What `make doctor` says of a swarm, without the replicas' own word."""

from dataclasses import replace
from subprocess import CompletedProcess
from typing import Any

import pytest

from infra.swarm import doctor
from infra.swarm.rollout import View
from infra.swarm.settings import PARTS, Settings
from infra.swarm.tasks import Task
from infra.trouble import Trouble

SETTINGS = Settings("minitwit", "", 8080, "http://minitwit.example.org")
ALERTS = "minitwit-metrics_alertmanager"
OUT_OF_MEMORY = {
    "State": {"OOMKilled": True, "FinishedAt": "2026-11-25T10:00"},
    "HostConfig": {"Memory": 2**29},
}


def task(state: str, error: str = "", node: str = "node") -> Task:
    desired = "running" if state == "running" else "shutdown"
    return Task(state, node, state, desired, error, {"Image": "it"}, "2026-11-25T10:01")


def view(name: str, *tasks: Task, replicas: int = 1) -> View:
    spec = {
        "Name": name,
        "Mode": {"Replicated": {"Replicas": replicas}},
        "TaskTemplate": {"ContainerSpec": {"Image": "it"}},
    }
    return View({"Spec": spec}, list(tasks))


@pytest.fixture
def swarm(monkeypatch: pytest.MonkeyPatch) -> dict[str, View]:
    """The services of a swarm: the stack is as it should be, one stands beside it."""
    names = [*map(SETTINGS.service, PARTS), ALERTS]
    services = {name: view(name, task("running")) for name in names}

    def lines(*words: str) -> list[str]:
        if words[0] == "service":
            stack = words[3].rpartition("=")[2]
            return [name for name in services if name.startswith(f"{stack}_")]
        return []

    def inspect(kind: str, *names: str) -> list[Any]:
        if kind == "container":
            return [OUT_OF_MEMORY for _ in names]
        if kind == "node":
            return [{"Description": {"Hostname": f"host of {name}"}} for name in names]
        return [services[name] for name in names if name in services]

    monkeypatch.setattr(doctor, "read", lambda: SETTINGS)
    monkeypatch.setattr(doctor, "is_manager", lambda: True)
    monkeypatch.setattr(doctor, "lines", lines)
    monkeypatch.setattr(doctor, "inspect", inspect)
    monkeypatch.setattr(doctor.rollout, "look", services.__getitem__)
    monkeypatch.setattr(doctor.secrets, "variables", lambda _: {})
    monkeypatch.setattr(doctor.secrets, "current", lambda *_: {})
    monkeypatch.setattr(doctor.lock, "holder", lambda _: "")
    monkeypatch.setattr(doctor, "run", lambda *_: CompletedProcess(_, 0, "", ""))
    monkeypatch.setattr(doctor, "_ready", lambda *_: [])
    monkeypatch.setattr(doctor.tasks, "last_words", lambda _: "    (nothing)")
    monkeypatch.setattr(doctor.tasks, "nodes", lambda: [{"ID": "node"}])
    return services


def test_all_is_well(swarm: dict[str, View], capsys: pytest.CaptureFixture[str]) -> None:
    doctor.main()
    assert capsys.readouterr().out == "Every service is up, every replica can serve.\n"


def test_a_command_that_holds_the_lock_is_worth_knowing(
    swarm: dict[str, View], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor.lock, "holder", lambda _: "deploy by jane is changing this stack")
    doctor.main()
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "worth knowing: deploy by jane is changing this stack"


@pytest.mark.parametrize(
    ("service", "called"), [("minitwit_web", "web"), (ALERTS, "metrics_alertmanager")]
)
def test_what_is_wrong_is_told_once_with_its_causes(
    swarm: dict[str, View], capsys: pytest.CaptureFixture[str], service: str, called: str
) -> None:
    swarm[service] = view(service, task("failed", "task: non-zero exit (1)"), task("rejected", "?"))
    with pytest.raises(Trouble, match=r"^1 thing is not as it should be\.$"):
        doctor.main()
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{called}: 0 of 1 replicas run"
    assert [line.partition(";")[0] for line in said[1::2]] == [
        "  its process ended by itself (task: non-zero exit (1))",
        "  ?",
    ]


@pytest.mark.parametrize(
    ("part", "command"),
    [
        ("web", "make adjust SERVICE=web"),
        ("postgres", "make adjust"),
        ("backup", "make backup"),
    ],
)
def test_what_was_scaled_to_nothing_is_told_with_what_starts_it(
    swarm: dict[str, View], monkeypatch: pytest.MonkeyPatch, part: str, command: str
) -> None:
    own = {doctor.secrets.ADMIN: {"Spec": {"Labels": {doctor.secrets.HOST: "postgres:5432"}}}}
    monkeypatch.setattr(doctor.secrets, "current", lambda *_: own)
    monkeypatch.setattr(doctor.backups, "has_been_left", lambda _: False)
    for name in map(SETTINGS.service, ("postgres", "backup")):
        swarm[name] = view(name, task("running"))
    name = SETTINGS.service(part)
    swarm[name] = view(name, replicas=0)
    said = list(doctor.examine(SETTINGS))
    assert said == [f"{part}: was scaled to 0 by hand; `{command}` starts it"]


def test_what_still_serves_in_the_middle_of_an_update_is_told_of(swarm: dict[str, View]) -> None:
    name = SETTINGS.service("web")
    swarm[name] = view(name, *(replace(task("running"), container={"Image": "old"}),) * 2)
    found = next(doctor.examine(SETTINGS))
    assert found == "web: 0 of 1 replicas run what they should; 2 still run something else"


def test_what_failed_before_the_last_update_is_no_cause(swarm: dict[str, View]) -> None:
    name = SETTINGS.service("web")
    swarm[name] = view(name, task("failed", "now"), replace(task("failed", "before"), at="2026-11"))
    swarm[name].service["UpdateStatus"] = {"State": "updating", "StartedAt": "2026-11-25T10:00"}
    said = "\n".join(doctor.examine(SETTINGS))
    assert "now; task" in said
    assert "before" not in said


def kill_one_of_web(patch: pytest.MonkeyPatch) -> None:
    def run(*words: str) -> "CompletedProcess[str]":
        label = "label=com.docker.swarm.service.name=minitwit_web"
        return CompletedProcess(words, 0, "a-container\n" if label in words else "", "")

    patch.setattr(doctor, "run", run)


def test_what_ran_out_of_memory_is_told_of(
    swarm: dict[str, View], monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_one_of_web(monkeypatch)
    swarm["minitwit_web"] = view("minitwit_web")
    told = "web: ran out of its 512 MiB of memory at 2026-11-25T10:00"
    assert told in list(doctor.examine(SETTINGS))


def test_what_ran_out_of_memory_and_serves_again_is_only_worth_knowing(
    swarm: dict[str, View], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The swarm keeps a killed task for weeks."""
    kill_one_of_web(monkeypatch)
    doctor.main()
    remark, verdict = capsys.readouterr().out.splitlines()
    assert remark.startswith("worth knowing: web: ran out of its 512 MiB of memory")
    assert verdict == "Every service is up, every replica can serve."


def test_backups_that_do_not_run_are_told_of(swarm: dict[str, View]) -> None:
    name = SETTINGS.service("backup")
    swarm[name] = view(name, task("failed", "task: non-zero exit (1)"))
    assert next(doctor.examine(SETTINGS)) == "backup: 0 of 1 replicas run"


def test_a_part_beside_the_stack_may_have_no_replica(swarm: dict[str, View]) -> None:
    """As Grafana, where GRAFANA_REPLICAS is 0."""
    swarm[ALERTS] = view(ALERTS, replicas=0)
    assert list(doctor.examine(SETTINGS)) == []


def stand_on(swarm: dict[str, View], patch: pytest.MonkeyPatch, where: str, count: int) -> None:
    """Let web's replicas be on these nodes, of so many that take tasks."""
    name = SETTINGS.service("web")
    replicas = [task("running", node=node) for node in where]
    swarm[name] = view(name, *replicas, replicas=len(where))
    swarm[SETTINGS.service("gateway")].service["Spec"]["Mode"] = {"Global": {}}
    swarm[SETTINGS.service("gateway")].tasks[:] = [task("running", node=it) for it in "abc"]
    patch.setattr(doctor.tasks, "nodes", lambda: [{"ID": node} for node in "abc"[:count]])


@pytest.mark.parametrize(
    ("where", "said"), [("aa", "both replicas of web are on host of a"), ("bbb", "all 3 replicas")]
)
def test_replicas_on_one_node_are_told_of_and_nothing_is_wrong(
    swarm: dict[str, View],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    where: str,
    said: str,
) -> None:
    stand_on(swarm, monkeypatch, where, 2)
    doctor.main()
    remark, verdict = capsys.readouterr().out.splitlines()
    assert remark.startswith(f"worth knowing: {said}")
    assert f"`WEB_REPLICAS={len(where) + 1} make adjust SERVICE=web`" in remark
    assert f"WEB_REPLICAS={len(where)}, moves one" in remark
    assert verdict == "Every service is up, every replica can serve."


@pytest.mark.parametrize(("where", "count"), [("aa", 1), ("ab", 2), ("aab", 3), ("a", 3)])
def test_replicas_that_are_spread_or_can_not_be_are_no_matter(
    swarm: dict[str, View], monkeypatch: pytest.MonkeyPatch, where: str, count: int
) -> None:
    stand_on(swarm, monkeypatch, where, count)
    assert list(doctor.examine(SETTINGS)) == []


def test_each_that_is_wrong_counts(swarm: dict[str, View]) -> None:
    for service in ("minitwit_web", ALERTS):
        swarm[service] = view(service)
    with pytest.raises(Trouble, match=r"^2 things are not as they should be\.$"):
        doctor.main()
