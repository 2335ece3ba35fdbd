"""`make stop` and `make start`: whoever waits in vain, or has forgotten, reads what to do."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dev import control, moderate, ports
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
def test_a_timeout_names_the_service_and_its_log(
    verb: Callable[[State, str, dict[str, int]], None],
    name: str,
    complaint: str,
    state: State,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(control, "SECONDS", 0.0)
    with pytest.raises(Trouble) as told:
        verb(state, name, {"pid": os.getpid(), "port": ports.free(20_000)})
    assert str(told.value) == f"{complaint}; its log is {state.folder}/logs/{name}.log."


def test_the_terminal_shows_how_to_start_again_what_was_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process: Any = SimpleNamespace(name="users", ended=lambda: None, ask_to_stop=lambda: None)
    Life().rest(process, Journal(tmp_path / "log"))
    said = capsys.readouterr().out
    assert said == "users is stopped; `make start SERVICE=users` starts it again.\n"


@pytest.fixture
def told(state: State, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Who is stopped or started by arguments, in a system of two."""
    met: list[str] = []

    def act(*arguments: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["control", *arguments])
        control.control()
        return met

    known = {"processes": {"users": {"port": 1}, "web": {"port": 2}}}
    monkeypatch.setattr(control, "running", lambda _: known)

    def note(verb: str, _: State, name: str, process: dict[str, int]) -> None:
        met.append(f"{verb} {name} {process['port']}")

    for verb in ("stop", "start"):
        monkeypatch.setattr(control, verb, partial(note, verb))
    return act


def test_several_can_be_stopped_and_started_at_once(told: Callable[..., list[str]]) -> None:
    assert told("stop", "web", "users") == ["stop web 2", "stop users 1"]
    assert told("start", "users") == ["stop web 2", "stop users 1", "start users 1"]


@pytest.mark.parametrize("names", [(), ("nobody",), ("web", "nobody")])
def test_nobody_is_stopped_where_one_is_not_known(
    told: Callable[..., list[str]], names: tuple[str, ...]
) -> None:
    with pytest.raises(Trouble, match=r"which service\? For example: make stop SERVICE=users"):
        told("stop", *names)


def test_stop_and_start_report_the_new_state(
    state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = {"pid": gone.pid, "port": listening.getsockname()[1]}
        control.stop(state, "gateway", process)
        control.start(state, "gateway", process)
    assert capsys.readouterr().out.splitlines() == [
        "gateway is stopped; `make start SERVICE=gateway` starts it again.",
        "gateway is ready.",
    ]


@pytest.mark.parametrize("message", ["", "abc", "-1", "\N{ARABIC-INDIC DIGIT FIVE}", "1 2"])
def test_what_is_no_message_is_asked_for(monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    monkeypatch.setenv("ID", message)
    monkeypatch.setattr(sys, "argv", ["moderate", "flag"])
    with pytest.raises(Trouble, match="which message"):
        moderate.moderate()
