"""A system of a tool's own: why it did not start is told, and nothing lies about afterwards."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from dev.processes import leftovers
from dev.services import ROOT
from dev.started import running_or, started
from dev.trouble import Trouble


def test_why_it_did_not_start_is_told_and_leaves_nothing_beside_its_folder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(Trouble, match=f"did not start: MiniTwit: Port {port} is taken"),
            started(tmp_path / "state", port),
        ):
            pass
    assert list(tmp_path.iterdir()) == [tmp_path / "state"]


TOOL = """
import sys
from pathlib import Path
from dev.started import started
with started(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    """Ctrl-C reaches the whole group; upon the second signal a runner kills everything."""
    tool = subprocess.Popen(
        [sys.executable, "-c", TOOL, str(tmp_path / "state")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert tool.stdout
    assert tool.stdout.readline() == b"ready\n"
    os.killpg(tool.pid, signal.SIGINT)
    tool.communicate()
    assert "database system is shut down" in (tmp_path / "state/logs/postgres.log").read_text()
    assert leftovers(tmp_path) == []


@contextmanager
def second() -> Iterator[dict[str, Any]]:
    pytest.fail("a second one is started")
    yield {}


def test_trouble_in_a_running_system_starts_no_second_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dev.started.running", lambda _: {"pid": 1})
    with pytest.raises(Trouble, match="within"), running_or(second()):
        raise Trouble("within")


def test_where_none_runs_one_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE", str(tmp_path))
    with running_or(nullcontext({"pid": 2})) as system:
        assert system == {"pid": 2}
