"""How long the disk takes for a durable write, with none of our code around it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event, Thread
from time import perf_counter

BLOCK = bytes(8192)
PAUSE_SECONDS = 0.02


@contextmanager
def writes(folder: Path) -> Iterator[list[float]]:
    """Write to `folder` again and again during the block; yields how many seconds each took."""
    over, seconds = Event(), list[float]()
    with TemporaryFile(dir=folder) as file:
        writer = Thread(target=_write, args=(file.fileno(), over, seconds), name="disk")
        writer.start()
        try:
            yield seconds
        finally:
            over.set()
            writer.join()


def _write(file: int, over: Event, seconds: list[float]) -> None:
    """Write the same block again and again, as Postgres does in its WAL."""
    while not seconds or not over.wait(PAUSE_SECONDS):
        start = perf_counter()
        os.pwrite(file, BLOCK, 0)
        os.fdatasync(file)
        seconds.append(perf_counter() - start)
