"""`make run`, as somebody at a terminal meets it."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from dev import ports, run
from dev.journal import Journal
from dev.processes import leftovers
from tests.system import ROOT, eventually

pytestmark = pytest.mark.timeout(240)


class Terminal:
    """A terminal with `make run` in it."""

    def __init__(self, state: Path, port: int) -> None:
        self.state, self.port, self.shown = state, port, b""
        environment = {
            **os.environ,
            "STATE": str(state),
            "PORT": str(port),
            "PYTHON": sys.executable,
        }
        self.make, self.screen = pty.fork()
        if self.make == 0:
            os.chdir(ROOT)
            os.execvpe("make", ["make", "run"], environment)  # noqa: S606

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def system(self) -> dict[str, Any]:
        with suppress(OSError, ValueError):
            return dict(json.loads((self.state / "system.json").read_text()))
        return {}

    def read(self) -> str:
        """All that was shown so far."""
        os.set_blocking(self.screen, False)
        with suppress(OSError):
            while part := os.read(self.screen, 65_536):
                self.shown += part
        return self.shown.decode()

    def up(self) -> "Terminal":
        eventually(lambda: f"runs at {self.url}" in self.read() or self.is_gone())
        assert f"runs at {self.url}" in self.read(), self.read()
        return self

    def is_gone(self) -> bool:
        with suppress(ChildProcessError):
            return os.waitpid(self.make, os.WNOHANG)[0] != 0
        return True

    def ended(self) -> None:
        """Wait for make's end; nothing of the system may be left then."""
        eventually(lambda: self.read() is None or self.is_gone())
        assert leftovers(self.state) == []


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One state folder for all of these, as people have: each start finds what the last left."""
    return tmp_path_factory.mktemp("run") / "state"


@pytest.fixture
def terminal(state: Path) -> Iterator[Callable[[], Terminal]]:
    made: list[Terminal] = []
    port = ports.free(20_000)

    def open_terminal() -> Terminal:
        made.append(Terminal(state, port))
        return made[-1]

    yield open_terminal
    for each in made:
        for pid in (each.system().get("pid"), *([] if each.is_gone() else [each.make])):
            if pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    eventually(lambda: leftovers(state) == [])


def test_ctrl_c_ends_all_of_it_and_data_survives(terminal: Callable[[], Terminal]) -> None:
    first = terminal().up()
    body = {"username": "Ada", "email": "a@b", "pwd": "x"}
    answer = requests.post(f"{first.url}/api/register?latest=1337", json=body, timeout=5)
    assert answer.status_code == 204
    os.write(first.screen, b"\x03")
    first.ended()
    assert "Stopping." in first.read()
    assert "Traceback" not in first.read()

    second = terminal().up()
    assert requests.get(f"{second.url}/api/latest", timeout=5).json() == {"latest": 1337}
    assert requests.get(f"{second.url}/Ada", timeout=5).status_code == 200
    os.kill(second.system()["pid"], signal.SIGKILL)
    eventually(second.is_gone)


def test_a_closed_terminal_ends_all_of_it(terminal: Callable[[], Terminal]) -> None:
    opened = terminal().up()
    os.close(opened.screen)
    eventually(lambda: leftovers(opened.state) == [] and opened.is_gone())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_make_ends_all_of_it(
    terminal: Callable[[], Terminal], number: signal.Signals
) -> None:
    opened = terminal().up()
    os.kill(opened.make, number)
    eventually(lambda: opened.read() is not None and opened.is_gone())
    eventually(lambda: leftovers(opened.state) == [])


def test_a_full_disk_does_not_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def announce(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run, "announce", announce)
    anything: Any = None
    run.announce_change(anything, anything, Journal(tmp_path / "log"))
    told = "The tools can't be told of it: No space left on device.\n"
    assert capsys.readouterr().out == told


EARLY = """
import runpy, signal
signal.signal(signal.SIGINT, signal.{})
runpy.run_module("dev.run", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("handling", "status"), [("default_int_handler", -signal.SIGINT), ("SIG_IGN", 7)]
)
def test_ctrl_c_during_the_imports_prints_nothing(
    tmp_path: Path, handling: str, status: int
) -> None:
    """Pressed while one of them is under way; where it is ignored it stays so."""
    code = "import os, signal, sys; os.kill(os.getpid(), signal.SIGINT); sys.exit(7)"
    (tmp_path / "cryptography.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-c", EARLY.format(handling)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "STATE": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (status, "")
