"""How the machine fares, as its kernel tells every process on it."""

import os
import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Machine:
    """`memory` and `disk` are bytes `used` and in `total`; the disk is the working folder's.

    A file system keeps some room for root, which is no part of its total here: full is full.
    """

    cpu_ratio: float
    load1: float
    memory: dict[str, float]
    disk: dict[str, float]
    uptime_seconds: float


def read() -> Machine:
    """The CPU's use is that since the last time that this process asked."""
    memory, disk = psutil.virtual_memory(), psutil.disk_usage(".")
    return Machine(
        cpu_ratio=psutil.cpu_percent() / 100,
        load1=os.getloadavg()[0],
        memory={"used": memory.total - memory.available, "total": memory.total},
        disk={"used": disk.used, "total": disk.used + disk.free},
        uptime_seconds=time.time() - psutil.boot_time(),
    )
