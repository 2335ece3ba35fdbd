"""Closed loop: a few clients, each sending again once answered. Shows the highest rate."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.journal import show
from dev.privileges import is_root
from dev.trouble import Trouble

CLIENTS = 16
_SCRIPT = Path(__file__).with_name("closed_loop.lua")


@dataclass(frozen=True)
class Round:
    """`errors` are answers of 400 and above, and requests without one."""

    requests: int
    seconds: float
    errors: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def require() -> None:
    """Install wrk if it is missing: it takes a tenth of the CPU time of a client in Python."""
    if shutil.which("wrk") is None and is_root() and shutil.which("apt-get"):
        show("wrk is missing: installing it by apt-get.")
        for command in (["update", "-q"], ["install", "-yq", "--no-install-recommends", "wrk"]):
            subprocess.run(["apt-get", *command], check=False, capture_output=True)
    if shutil.which("wrk") is None:
        raise Trouble("wrk is missing; on Debian and Ubuntu: apt install wrk.")


def write(file: Path, requests: Sequence[bytes]) -> None:
    """Write the file of requests that the script reads."""
    file.write_bytes(b"".join(b"%d\n%s" % (len(each), each) for each in requests))


def run(url: str, file: Path, seconds: int, start: int = 0) -> Round:
    """Send the requests in `file` over and over, from the one at `start` on."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "10s"]
    done = subprocess.run(
        [*command, "-s", str(_SCRIPT), url, "--", str(file), str(start)],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    errors = told["refused"] + told["broken"]
    return Round(told["requests"], told["microseconds"] / 1e6, errors)
