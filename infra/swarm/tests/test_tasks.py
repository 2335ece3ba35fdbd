"""Which node is chosen for what lies on one node alone."""

from typing import Any

import pytest

from infra.swarm import tasks
from infra.trouble import Trouble

LABEL = "minitwit.backup"


def node(name: str, *labels: str, availability: str = "active") -> dict[str, Any]:
    return {
        "Description": {"Hostname": name},
        "Spec": {"Availability": availability, "Labels": dict.fromkeys(labels, "true")},
        "Status": {"State": "ready"},
    }


def choose(patch: pytest.MonkeyPatch, *nodes: dict[str, Any]) -> None:
    patch.setattr(tasks, "lines", lambda *_: ["id"])
    patch.setattr(tasks, "inspect", lambda *_: [*nodes])


def test_one_node_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, node("node1", "another"), node("node2", LABEL))
    tasks.check_label(LABEL, "hold the backups")


@pytest.mark.parametrize("chosen", [node("node2"), node("node2", LABEL, availability="drain")])
def test_a_node_that_can_be_used_has_to_be_chosen(
    chosen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, node("node1"), chosen)
    with pytest.raises(Trouble, match=f"No node is chosen .* --label-add {LABEL}=true"):
        tasks.check_label(LABEL, "hold the backups")


@pytest.mark.parametrize("availability", ["active", "drain"])
def test_two_nodes_are_one_too_many(availability: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept on one would be looked for on the other, as soon as the first is away."""
    choose(monkeypatch, node("node1", LABEL), node("node2", LABEL, availability=availability))
    with pytest.raises(Trouble, match=f"chosen: node1, node2; .* --label-rm {LABEL}"):
        tasks.check_label(LABEL, "hold the backups")
