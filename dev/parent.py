"""Ends with `make`, which forwards SIGTERM to the runner but keeps SIGINT and SIGHUP to itself.

A terminal sends these to both. `kill -INT` of make's process alone would leave make waiting
for a runner that knows nothing; and a make that was killed would leave the runner alone.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from dev.processes import set_death_signal

_KEPT = (signal.SIGINT, signal.SIGHUP)


def watch() -> Callable[[], bool]:
    """Tells, whenever asked, whether the parent was told to stop; its death sends SIGTERM."""
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
