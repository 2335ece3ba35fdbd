"""Keeps each log within bounds: what is too long moves to NAME.log.1."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

LIMIT = 64 * 1024 * 1024


def bound(logs: Iterable[Path], limit: int = LIMIT) -> None:
    """Copy and cut: the processes go on writing to the same file, at its end."""
    for log in logs:
        with suppress(OSError):
            if log.stat().st_size > limit:
                shutil.copyfile(log, log.with_name(f"{log.name}.1"))
                with log.open("r+b") as file:
                    file.truncate(0)
