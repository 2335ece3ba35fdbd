"""One command at a time changes a stack: whose turn it is says a config that the swarm has once.

A second deploy would undo what the first one's restore or rotation has shut out, whoever began it
and wherever. A command that was killed leaves its turn behind; whoever waits is told how to end it.
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

PATIENCE_SECONDS = 900.0
POLL_SECONDS = 2.0
LABEL = "com.minitwit.lock"


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Wait for one's turn, and give it back; Trouble after PATIENCE_SECONDS."""
    name = f"{settings.stack}_lock"
    _take(name, settings.stack)
    try:
        yield
    finally:
        run("config", "rm", name)


def _take(name: str, stack: str) -> None:
    started, told = time.monotonic(), ""
    while True:
        try:
            docker("config", "create", "--label", f"{LABEL}={stack}", name, "-", given=_who())
            return
        except Docker:
            if not (found := inspect("config", name)):
                raise
        who = secrets.content_of(found[0])
        hint = f"if that was killed, `docker config rm {name}` ends its turn"
        if time.monotonic() - started > PATIENCE_SECONDS:
            raise Trouble(f"{who} is still changing this stack; {hint}.")
        if who != told:
            say(f"Waiting for {who}, which is changing this stack; {hint}.")
            told = who
        time.sleep(POLL_SECONDS)


def _who() -> str:
    """deploy by jane@laptop since 2026-11-22T15:04:05+00:00"""
    command, now = Path(sys.argv[0]).stem, datetime.now(UTC).isoformat(timespec="seconds")
    return f"{command} by {getpass.getuser()}@{socket.gethostname()} since {now}"
