"""Rotates logs that are too long: each moves to NAME.log.1, the one that was there to .2 …

In small pieces, since no process can write to a file while it is truncated, and disks are shared.
"""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

LIMIT, KEPT = 8 * 1024 * 1024, 8


def bound(logs: Iterable[Path], limit: int = LIMIT) -> None:
    """Copy each log that is too long, then truncate it: processes go on appending to it.

    Where a full disk has no room for the copy, the older pieces stay as they are.
    """
    for log in logs:
        with suppress(OSError):
            if limit < log.stat().st_size < shutil.disk_usage(log.parent).free:
                _move(log)


def _move(log: Path) -> None:
    places = [log.with_name(f"{log.name}.{number}") for number in range(1, KEPT + 1)]
    for newer, older in reversed(list(pairwise(places))):
        if newer.exists():
            newer.replace(older)
    with log.open("r+b") as file, places[0].open("wb") as moved:
        shutil.copyfileobj(file, moved)
        file.truncate(0)
