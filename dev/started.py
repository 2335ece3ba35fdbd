"""A system of a tool's own: what `make run` starts, for as long as the tool needs it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dev import ports
from dev.services import ROOT
from dev.state import State
from dev.trouble import Trouble


@contextmanager
def started(folder: Path, port: int | None = None) -> Iterator[dict[str, Any]]:
    """What system.json tells of a system in the state folder `folder`."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    told = {"STATE": str(folder), "PORT": str(port or ports.free(20_000))}
    out = folder.with_name(f"{folder.name}.out")
    with out.open("wb") as stream:
        runner = subprocess.Popen(
            [sys.executable, "-m", "dev.run", "--end-with-parent"],
            cwd=ROOT,
            env=os.environ | told,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _system(State(folder), runner, out)
    finally:
        runner.terminate()
        runner.wait()


def _system(state: State, runner: "subprocess.Popen[bytes]", out: Path) -> dict[str, Any]:
    while (system := state.running()).get("pid") != runner.pid:
        if runner.poll() is not None:
            raise Trouble(f"the system did not start: {out.read_text()[-500:]}")
        time.sleep(0.05)
    return system
