"""What the processes of the system use: CPU time, and memory from /proc, by part."""

from collections.abc import Mapping
from pathlib import Path

import psutil


def cpu(roots: Mapping[str, int]) -> dict[str, float]:
    """Seconds of CPU time that each part has used, with its children that have ended."""
    return {part: sum(map(_seconds, _tree(root))) for part, root in roots.items()}


def memory(roots: Mapping[str, int]) -> dict[str, float]:
    """Megabytes (10^6 bytes) of each part: what it shares counts by its share (PSS)."""
    return _megabytes(roots, "Pss")


def memory_but_buffers(roots: Mapping[str, int]) -> dict[str, float]:
    """The same without shared memory: Postgres's buffers have the size that was set.

    How much of them counts for which part depends on what the current backends have touched.
    """
    shared = _megabytes(roots, "Pss_Shmem")
    return {part: all_ - shared[part] for part, all_ in memory(roots).items()}


def _tree(root: int) -> list[psutil.Process]:
    """A part's processes: its root and all below it; none if it is gone."""
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _seconds(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(spent.user + spent.system + spent.children_user + spent.children_system)


def _megabytes(roots: Mapping[str, int], kind: str) -> dict[str, float]:
    return {part: sum(_of(it.pid, kind) for it in _tree(root)) for part, root in roots.items()}


def _of(pid: int, kind: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) * 1024 / 1e6
