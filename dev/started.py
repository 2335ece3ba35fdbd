"""A system of a tool's own: what `make run` starts, for as long as the tool needs it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from dev import ports
from dev.services import ROOT
from dev.state import State
from dev.system import folder as state_folder
from dev.system import running
from dev.trouble import Trouble


@contextmanager
def started(folder: Path, port: int | None = None) -> Iterator[dict[str, Any]]:
    """Run a system in the state folder `folder`; yields what its system.json says."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    settings = {"STATE": str(folder), "PORT": str(port or ports.free(20_000))}
    with TemporaryFile() as said:
        runner = subprocess.Popen(
            [sys.executable, "-m", "dev.run", "--end-with-parent"],
            cwd=ROOT,
            env=os.environ | settings,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            # Ctrl-C would reach it too, and what follows here would be the second signal.
            start_new_session=True,
        )
        try:
            yield _system(State(folder), runner, said)
        finally:
            runner.terminate()
            runner.wait()


@contextmanager
def running_or(own: AbstractContextManager[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The running system, if there is one, else one of the tool's own, which is started for this.

    Yields what its system.json says.
    """
    try:
        system = running(state_folder())
    except Trouble:
        with own as system:
            yield system
    else:
        yield system


def _system(state: State, runner: "subprocess.Popen[bytes]", said: IO[bytes]) -> dict[str, Any]:
    while (system := state.running()).get("pid") != runner.pid:
        if runner.poll() is not None:
            said.seek(0)
            raise Trouble(f"the system did not start: {said.read().decode()[-500:]}")
        time.sleep(0.05)
    return system
