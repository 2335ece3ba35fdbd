"""What of a stack is left alone, since the swarm has it already."""

from typing import Any

import pytest
import yaml

from infra.swarm import backups, deploy, rollout, secrets, stack
from infra.swarm.rollout import View
from infra.swarm.settings import Settings

SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1")
GLOBAL = {"Global": {}}


def replicated(replicas: int) -> dict[str, Any]:
    return {"Replicated": {"Replicas": replicas}}


def there(monkeypatch: pytest.MonkeyPatch, mode: dict[str, Any], state: str = "completed") -> None:
    """Every service, told the content `same`."""
    spec = {"Labels": {stack.CONTENT: "same"}, "Mode": mode}
    found = {"Spec": spec, "UpdateStatus": {"State": state}}
    monkeypatch.setattr(stack, "inspect", lambda *_: [found])


def document(part: str, **told: object) -> dict[str, Any]:
    return {"services": {part: {"deploy": {"labels": {stack.CONTENT: "same"}, **told}}}}


@pytest.mark.parametrize(
    ("mode", "told", "current"),
    [
        (replicated(2), {"replicas": 2}, True),
        (replicated(0), {"replicas": 2}, False),
        (replicated(3), {"replicas": 2}, False),
        (replicated(0), {"replicas": 0}, True),
        (replicated(1), {}, True),
        (replicated(0), {}, False),
        (GLOBAL, {"mode": "global"}, True),
    ],
)
def test_what_was_scaled_by_hand_is_not_current(
    mode: dict[str, Any], told: dict[str, Any], current: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    there(monkeypatch, mode)
    assert stack.is_current(SETTINGS, document("web", **told), "web") is current


def test_what_the_swarm_went_back_on_is_not_current(monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch, GLOBAL, "rollback_completed")
    assert not stack.is_current(SETTINGS, document("gateway", mode="global"), "gateway")


def test_a_keeper_that_was_stopped_by_hand_is_brought_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there(monkeypatch, replicated(0))
    stopped = View({"Spec": {"Name": "minitwit_backup", "Mode": replicated(0)}}, [])
    handed: list[str] = []
    monkeypatch.setattr(rollout, "look", lambda _: stopped)
    monkeypatch.setattr(rollout, "moment", lambda _: "")
    monkeypatch.setattr(rollout, "await_settled", lambda *_: stopped)
    monkeypatch.setattr(stack, "hand_over", lambda *told: handed.extend(told[2]))
    assert deploy.roll(SETTINGS, document("backup", replicas=1), "backup")
    assert handed == ["backup"]


def test_a_restore_brings_a_stopped_postgres_back_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[Any] = []
    monkeypatch.setattr(secrets, "current", lambda *_: {})
    monkeypatch.setattr(secrets, "has_own_cluster", lambda _: True)
    monkeypatch.setattr(deploy, "running_images", lambda _: {"postgres": "postgres@sha256:18"})
    monkeypatch.setattr(stack, "rendered", lambda _, named: named)
    monkeypatch.setattr(deploy, "roll", lambda _, given, part: done.append((part, given[part])))
    monkeypatch.setattr(deploy, "make_networks", lambda *_: done.append("networks"))
    monkeypatch.delenv("POSTGRES_IMAGE", raising=False)
    backups.make_cluster(SETTINGS)
    assert done == [("postgres", "postgres@sha256:18"), "networks"]


def test_a_restore_into_a_managed_cluster_has_its_networks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[Any] = []
    monkeypatch.setattr(secrets, "current", lambda *_: {})
    monkeypatch.setattr(secrets, "has_own_cluster", lambda _: False)
    monkeypatch.setattr(stack, "rendered", lambda _, named: named)
    monkeypatch.setattr(deploy, "roll", lambda *_: pytest.fail("there is no Postgres to bring up"))
    monkeypatch.setattr(deploy, "make_networks", lambda *_: done.append("networks"))
    backups.make_cluster(SETTINGS)
    assert done == ["networks"]


def filled(monkeypatch: pytest.MonkeyPatch, **deploy: object) -> dict[str, Any]:
    """The service of a stack file that says no more than this."""
    told = {"image": "web", "deploy": {"resources": {"limits": {"memory": "1G"}}, **deploy}}
    content = yaml.safe_dump({"services": {"web": told}})
    monkeypatch.setattr(stack, "docker", lambda *_, **__: content)
    service: dict[str, Any] = stack.filled(stack.FILE, {})["services"]["web"]
    return service


def test_tasks_with_another_limit_are_told_from_those_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By their containers, which are all that is compared; how many there are changes none."""
    before = filled(monkeypatch)
    scaled = filled(monkeypatch, replicas=3)
    limited = filled(monkeypatch, resources={"limits": {"memory": "2G"}})
    assert before["labels"] == scaled["labels"] != limited["labels"]
    assert before["deploy"]["labels"] != scaled["deploy"]["labels"]
