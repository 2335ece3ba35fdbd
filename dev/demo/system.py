"""Where a running system is, from what its runner has written down."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dev.journal import complain
from dev.state import State
from dev.trouble import Trouble


def folder() -> Path:
    return Path(os.environ.get("STATE") or ".run")


def running(state: Path) -> dict[str, Any]:
    """The content of system.json; Trouble when the system it tells of is not there."""
    system = State(state).running()
    if not system or not is_alive(int(system.get("pid", 0))):
        raise Trouble(f"No system runs from {state}; start one with make run.")
    return system


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0


def inside(system: dict[str, Any], service: str) -> str:
    return f"http://127.0.0.1:{system['processes'][service]['port']}"


def exit_status(work: Callable[[], None], then: str = "run it again to go on") -> int:
    """Run a tool and return its exit status; Trouble is shown as one line, and so is Ctrl-C."""
    try:
        work()
    except Trouble as trouble:
        complain(str(trouble))
        return 1
    except KeyboardInterrupt:
        complain(f"Interrupted; {then}.")
        return 130
    return 0
