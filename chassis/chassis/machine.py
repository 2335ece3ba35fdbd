"""The machine's load, memory and disk, as the kernel shows them to any process."""

import os
import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Machine:
    """`memory` and `disk` are bytes `used` and in `total`; the disk is the working folder's.

    The total leaves out what a file system reserves for root, so a disk that is full for us is
    shown as full.
    """

    cpu_ratio: float
    load1: float
    memory: dict[str, float]
    disk: dict[str, float]
    uptime_seconds: float


def read() -> Machine:
    """Read them; the CPU use is that since this process's last call."""
    memory, disk = psutil.virtual_memory(), psutil.disk_usage(".")
    return Machine(
        cpu_ratio=psutil.cpu_percent() / 100,
        load1=os.getloadavg()[0],
        memory={"used": memory.total - memory.available, "total": memory.total},
        disk={"used": disk.used, "total": disk.used + disk.free},
        uptime_seconds=time.time() - psutil.boot_time(),
    )
