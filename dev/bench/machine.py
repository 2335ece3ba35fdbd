"""What the processes of the system use, from /proc: CPU time and memory, by part."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _CHILDREN_SYSTEM = 1, 11, 14


def trees(roots: Mapping[str, int]) -> dict[str, list[int]]:
    """The processes of each part: its root and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            children.setdefault(int(_stat(int(entry.name))[_PARENT]), []).append(int(entry.name))
    return {part: list(_below(root, children)) for part, root in roots.items()}


def _below(root: int, children: Mapping[int, list[int]]) -> Iterable[int]:
    yield root
    for child in children.get(root, ()):
        yield from _below(child, children)


def cpu(roots: Mapping[str, int]) -> dict[str, float]:
    """Seconds of CPU time that each part has used, with its children that have ended."""
    return {part: sum(map(_seconds, pids)) for part, pids in trees(roots).items()}


def memory(roots: Mapping[str, int]) -> dict[str, float]:
    """Megabytes (10^6 bytes) of each part: what it shares counts by its share (PSS)."""
    return _megabytes(roots, "Pss")


def memory_but_buffers(roots: Mapping[str, int]) -> dict[str, float]:
    """The same without shared memory: Postgres's buffers have the size that was set.

    How much of them counts for which part depends on what the current backends have touched.
    """
    shared = _megabytes(roots, "Pss_Shmem")
    return {part: all_ - shared[part] for part, all_ in memory(roots).items()}


def _seconds(pid: int) -> float:
    try:
        return sum(map(int, _stat(pid)[_USER : _CHILDREN_SYSTEM + 1])) / _TICKS
    except OSError:
        return 0.0


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _megabytes(roots: Mapping[str, int], kind: str) -> dict[str, float]:
    return {part: sum(_of(pid, kind) for pid in pids) for part, pids in trees(roots).items()}


def _of(pid: int, kind: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) * 1024 / 1e6
