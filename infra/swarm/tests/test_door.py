"""How a door to what no node publishes is opened, and closed again."""

from subprocess import CompletedProcess

import pytest

from infra.swarm import door, images
from infra.swarm.docker import exit_status
from infra.swarm.settings import Settings

SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1")


def opened() -> None:
    door.open_to(SETTINGS, "minitwit-logs_logs", "kibana", 5601, "make ship-logs")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(door, "inspect", lambda *_: [{}])
    monkeypatch.setattr(images, "image", lambda *_: "logs:1")
    return monkeypatch


def test_ctrl_c_closes_a_door_in_good_order(
    engine: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is left of it, however long docker takes to tell the engine."""
    there: list[str] = []

    def run(verb: str, *words: str) -> None:
        if verb == "rm":
            there.remove(words[-1])
            return
        there.append(words[words.index("--name") + 1])
        raise KeyboardInterrupt

    engine.setattr(door, "run", run)
    assert exit_status(opened) == 0
    assert there == []
    assert "interrupted" not in (out := capsys.readouterr().out)
    assert out.endswith("The door is closed.\n")


def test_a_door_that_does_not_open_says_why(
    engine: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "port is already allocated"
    engine.setattr(door, "run", lambda *words: CompletedProcess(words, 125, "", reason))
    assert exit_status(opened) == 1
    assert reason in capsys.readouterr().err
