"""Ends the runner with `make`, which passes SIGTERM on to it, but not SIGINT and SIGHUP.

A terminal sends these to both. `kill -INT` of make's process alone would leave make waiting for
a runner that knows nothing of it; and a make that was killed would leave the runner running.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from dev.processes import set_death_signal

_KEPT = (signal.SIGINT, signal.SIGHUP)


def watch() -> Callable[[], bool]:
    """A function that tells if the parent was told to stop; the parent's death sends SIGTERM."""
    parent = os.getppid()
    set_death_signal(signal.SIGTERM)
    at_first = _caught(parent)

    def is_over() -> bool:
        return os.getppid() != parent or _caught(parent) != at_first

    return is_over


def _caught(pid: int) -> set[int]:
    """Which of these signals a process still handles; make drops its handler once one came."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return set()
    line = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    mask = int(line.split()[1], 16)
    return {number for number in _KEPT if mask >> (number - 1) & 1}
