"""Lets one command at a time change a stack, by a config as a lock: a swarm has each name once.

Else a deploy could undo what a restore or a rotation has just locked out, whoever began either and
wherever. A command that was killed leaves its lock behind; one that waits says how to remove it.
"""

import getpass
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from infra.swarm import secrets
from infra.swarm.docker import Docker, Trouble, docker, inspect, run, say
from infra.swarm.settings import Settings

# A key's rotation takes a quarter of an hour and more.
PATIENCE_SECONDS = 3600.0
POLL_SECONDS = 2.0
LABEL = "com.minitwit.lock"


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the lock during the block; Trouble if it is not free within PATIENCE_SECONDS."""
    name = f"{settings.stack}_lock"
    turn = _take(name, settings.stack)
    try:
        yield
    finally:
        _give_back(name, turn)


def _take(name: str, stack: str) -> str:
    """Take the lock; returns the id of the config that was made for it."""
    started, told = time.monotonic(), ""
    while True:
        try:
            mark = f"{LABEL}={stack}"
            return docker("config", "create", "--label", mark, name, "-", given=_who())
        except Docker as refusal:
            if not (found := inspect("config", name)):
                if "exist" in str(refusal):
                    continue  # It existed then, and has been removed since.
                raise
        who = secrets.content_of(found[0])
        hint = f"if that was killed, `docker config rm {name}` removes its lock"
        if time.monotonic() - started > PATIENCE_SECONDS:
            raise Trouble(f"{who} is still changing this stack; {hint}.")
        if who != told:
            say(f"Waiting for {who}, which is changing this stack; {hint}.")
            told = who
        time.sleep(POLL_SECONDS)


def _give_back(name: str, turn: str) -> None:
    """Release the lock by its id: that of the name may be another command's by now."""
    done = run("config", "rm", turn)
    if done.returncode and inspect("config", turn):
        say(f"The lock could not be given back: {done.stderr.strip()}; `docker config rm {name}`")


def _who() -> str:
    """deploy by jane@laptop since 2026-11-22T15:04:05+00:00"""
    command, now = Path(sys.argv[0]).stem, datetime.now(UTC).isoformat(timespec="seconds")
    return f"{command} by {getpass.getuser()}@{socket.gethostname()} since {now}"
