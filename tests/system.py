"""A real system for tests: started as `make run` starts it, watched, and ended."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

from dev import ports
from dev.services import NAMES

ROOT = Path(__file__).resolve().parents[1]
# An upper limit, for a busy machine; nothing usually takes anywhere near that long.
PATIENCE = 120.0
T = TypeVar("T")


def eventually(ask: Callable[[], T]) -> T:
    """What `ask` gives as soon as that is true; AssertionError if it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := ask()):
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s; last was {found!r}"
        time.sleep(0.05)
    return found


def copy_of(state: Path, folder: Path) -> None:
    """What a system that has ended left in its state folder, but for its logs."""
    assert not (state / "system.json").exists(), f"a system runs from {state}"
    shutil.copytree(state, folder, ignore=shutil.ignore_patterns("logs"))


@dataclass
class System:
    """One `python -m dev.run`, by its state folder."""

    state: Path
    port: int
    runner: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def process(self, name: str) -> dict[str, int]:
        """Its pid and port, as system.json tells them."""
        process: dict[str, int] = self.told()["processes"][name]
        return process

    def told(self) -> dict[str, Any]:
        """What system.json tells of this runner; nothing before it is ready."""
        file = self.state / "system.json"
        told: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        return told if told.get("pid") == self.runner.pid else {}

    def is_ready(self, name: str) -> bool:
        """Whether a process answers for itself, without asking the gateway."""
        if name == "gateway":
            return self.status(name, "/healthz") == 404
        if name == "postgres":
            return self.is_ready("users")
        return self.status(name, "/readyz") == 200

    def status(self, name: str, path: str) -> int | None:
        """What a process itself answers to GET `path`, however long it takes; None: nothing."""
        url = f"http://127.0.0.1:{self.process(name)['port']}{path}"
        try:
            return requests.get(url, headers={"Connection": "close"}, timeout=PATIENCE).status_code
        except requests.ConnectionError:
            return None

    def run(
        self, module: str, *arguments: str, status: int = 0, **told: str
    ) -> "subprocess.CompletedProcess[str]":
        """One of the operators' tools, pointed at this system."""
        environment = self.environment() | told
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def environment(self) -> dict[str, str]:
        return os.environ | {"STATE": str(self.state), "PORT": str(self.port)}

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """As `make stop` and `make start` do it; afterwards all parts are ready again."""
        self.run("dev.control", "stop", name)
        try:
            yield
        finally:
            self.run("dev.control", "start", name)
            for each in NAMES:
                eventually(lambda each=each: self.is_ready(each))

    def raw(self, request: bytes) -> bytes:
        """Everything that comes back for exactly these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65_536):
                answer += part
        return answer

    def said(self) -> str:
        """What the runner has shown so far, which a terminal would."""
        return self.state.with_name(f"{self.state.name}.out").read_text()

    def logs(self) -> str:
        """What all processes have written."""
        return "".join(path.read_text() for path in sorted((self.state / "logs").glob("*.log*")))

    def end(self) -> None:
        """SIGTERM; nothing is left and nothing went wrong."""
        self.runner.send_signal(signal.SIGTERM)
        assert self.runner.wait(PATIENCE) == 0
        assert at_work_in(self.state) == {}


def launch(state: Path, port: int) -> "subprocess.Popen[bytes]":
    """`make run` without make; it also ends when this process does."""
    with (state.parent / f"{state.name}.out").open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "dev.run", "--end-with-parent"],
            cwd=ROOT,
            env=os.environ | {"STATE": str(state), "PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def start(state: Path, port: int | None = None) -> System:
    """A system that is ready; whoever asks for it ends it."""
    port = port or ports.free(20_000)
    system = System(state, port, launch(state, port))
    eventually(lambda: system.told() or system.runner.poll() is not None)
    assert system.runner.poll() is None, system.said()
    return system


@contextmanager
def started(state: Path) -> Iterator[System]:
    """A system for as long as the block lasts."""
    system = start(state)
    try:
        yield system
    except BaseException:
        kill_all(state)
        raise
    system.end()


def at_work_in(folder: Path) -> dict[int, str]:
    """The processes, other than this one, that work in a folder or were told of it."""
    found = {}
    traces = [f"{folder}{end}".encode() for end in ("\0", "/")]
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            place = os.readlink(entry / "cwd").encode()
            if any(told_of in place + b"/\0" + told for told_of in traces):
                found[int(entry.name)] = told[:80].replace(b"\0", b" ").decode()
    found.pop(os.getpid(), None)
    return found


def kill_all(folder: Path) -> None:
    """SIGKILL for everything at work there, the runner first."""
    while left := at_work_in(folder):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
