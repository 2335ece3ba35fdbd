"""Which of the configs that were made of files are removed when newer ones are in use."""

from subprocess import CompletedProcess
from typing import Any

import pytest

from infra.swarm import files, secrets
from infra.swarm.settings import Settings

SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1")
MADE = ("oldest", "before", "newest")


def spec(*names: str) -> dict[str, Any]:
    configs = [{"ConfigName": name} for name in names]
    return {"TaskTemplate": {"ContainerSpec": {"Configs": configs or None}}}


def test_configs_that_no_rollback_needs_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[str] = []
    services = [
        {"Spec": spec("newest"), "PreviousSpec": spec("before")},
        {"Spec": spec(), "PreviousSpec": spec()},
        {"Spec": spec(), "PreviousSpec": None},
        {"Spec": spec()},
    ]

    def run(*words: str) -> CompletedProcess[str]:
        removed.append(" ".join(words))
        return CompletedProcess(words, 0)

    monkeypatch.setattr(files, "lines", lambda *_: ["one", "two", "three", "four"])
    monkeypatch.setattr(files, "inspect", lambda *_: services)
    monkeypatch.setattr(secrets, "lines", lambda *_: list(MADE))
    monkeypatch.setattr(secrets, "current", lambda *_: {"relay": {"Spec": {"Name": "newest"}}})
    monkeypatch.setattr(secrets, "run", run)
    files.forget(SETTINGS, "relay")
    assert removed == ["config rm oldest"]
