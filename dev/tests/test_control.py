"""`make stop` and `make start`: whoever waits in vain, or has forgotten, reads what to do."""

import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dev import control, ports
from dev.journal import Journal
from dev.state import State
from dev.supervisor import Life
from dev.trouble import Trouble


@pytest.fixture
def state(tmp_path: Path) -> State:
    (tmp_path / "held").mkdir()
    return State(tmp_path)


@pytest.mark.parametrize(
    ("verb", "name", "complaint"),
    [
        (control.stop, "users", "users does not end"),
        (control.start, "users", "users does not get ready"),
        (control.start, "gateway", "gateway does not get ready"),
    ],
)
def test_who_waits_in_vain_is_told_for_whom_and_where_its_log_is(
    verb: Callable[[State, str, int], None],
    name: str,
    complaint: str,
    state: State,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(control, "SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1] if verb is control.stop else ports.free(20_000)
        with pytest.raises(Trouble) as told:
            verb(state, name, port)
    assert str(told.value) == f"{complaint}; its log is {state.folder}/logs/{name}.log."


def test_the_terminal_shows_how_to_start_again_what_was_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process: Any = SimpleNamespace(name="users", ask_to_stop=lambda: None)
    Life().rest(process, Journal(tmp_path / "log"))
    said = capsys.readouterr().out
    assert said == "users is stopped; `make start SERVICE=users` starts it again.\n"
