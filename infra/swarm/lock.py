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
from secrets import token_hex
from typing import Any

from infra.swarm.docker import DockerFailed, content_of, docker, inspect, say
from infra.swarm.settings import Settings
from infra.trouble import Trouble

# A key's rotation takes a quarter of an hour and more.
PATIENCE_SECONDS = 3600.0
POLL_SECONDS = 2.0
# Tells this command's lock from any other, whatever became of the answer to its creation.
OWNER = "com.minitwit.lock"


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the lock during the block; Trouble if it is not free within PATIENCE_SECONDS."""
    name, owner = f"{settings.stack}_lock", token_hex(8)
    try:
        _take(name, owner)
        yield
    finally:
        _release(name, owner)


def holder(settings: Settings) -> str:
    """Who is changing this stack now and what to do if that was killed; empty if nobody is."""
    found = inspect("config", f"{settings.stack}_lock")
    return _told(found[0]) if found else ""


def _told(lock: dict[str, Any]) -> str:
    name = lock["Spec"]["Name"]
    hint = f"if that was killed, `docker config rm {name}` removes its lock"
    return f"{content_of(lock)} is changing this stack; {hint}"


def _take(name: str, owner: str) -> None:
    started, told = time.monotonic(), ""
    while True:
        try:
            docker("config", "create", "--label", f"{OWNER}={owner}", name, "-", given=_who())
            return
        except DockerFailed as refusal:
            if not (found := inspect("config", name)):
                if "exist" in str(refusal):
                    continue  # It existed then, and has been removed since.
                raise
        if _is_owned(found[0], owner):
            return  # It was created, and the answer was lost.
        telling = _told(found[0])
        if time.monotonic() - started > PATIENCE_SECONDS:
            raise Trouble(f"Given up waiting: {telling}.")
        if telling != told:
            say(f"Waiting: {telling}.")
            told = telling
        time.sleep(POLL_SECONDS)


def _release(name: str, owner: str) -> None:
    """Remove the lock if it is this command's, by its id: the name may be another's by then."""
    try:
        for config in inspect("config", name):
            if _is_owned(config, owner):
                docker("config", "rm", config["ID"])
    except DockerFailed as trouble:
        say(f"The lock could not be released: {trouble}; `docker config rm {name}` does it.")


def _is_owned(config: dict[str, Any], owner: str) -> bool:
    return bool(config["Spec"]["Labels"].get(OWNER) == owner)


def _who() -> str:
    """deploy by jane@laptop since 2026-11-22T15:04:05+00:00"""
    command, now = Path(sys.argv[0]).stem, datetime.now(UTC).isoformat(timespec="seconds")
    return f"{command} by {getpass.getuser()}@{socket.gethostname()} since {now}"
