"""The one place that runs the docker command; DOCKER_HOST says which engine it speaks to."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from infra.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
LOG_SECONDS = 10.0
# How long the engine may be away: a manager is lost, another one becomes the leader, ssh drops.
SILENCE_SECONDS = 60.0
POLL_SECONDS = 0.5
T = TypeVar("T")


class DockerFailed(Trouble):
    """A docker command that failed."""


def run(
    *arguments: str,
    given: str | None = None,
    variables: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run a docker command, whether it succeeds or not; `given` is its standard input."""
    try:
        return subprocess.run(
            ["docker", *arguments],
            cwd=ROOT,
            env=os.environ | (variables or {}),
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as late:
        said = [(part or b"").decode(errors="replace") for part in (late.stdout, late.stderr)]
        return subprocess.CompletedProcess(late.cmd, 124, *said)
    except FileNotFoundError:
        raise Trouble("There is no docker command on this machine.") from None


def output(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """A service's or a task's log, as far as it arrives within LOG_SECONDS.

    The engine may wait for ever for a node that does not answer. The status is 0 if nothing is
    known to be missing.
    """
    return run("service", "logs", "--raw", "--no-trunc", *arguments, seconds=LOG_SECONDS)


def logs(*arguments: str) -> str:
    """The lines of a service's or a task's log, as far as they arrive in time."""
    done = output(*arguments)
    # What a container wrote to standard error, such as why it failed, arrives on docker's own.
    return done.stdout + done.stderr


def docker(
    *arguments: str, given: str | None = None, variables: Mapping[str, str] | None = None
) -> str:
    """Run a docker command and return what it prints; DockerFailed has its complaint."""
    done = run(*arguments, given=given, variables=variables)
    if done.returncode:
        complaint = done.stderr.strip() or done.stdout.strip() or "no reason given"
        raise DockerFailed(f"docker {' '.join(arguments[:2])}: {complaint}")
    return done.stdout.strip()


def lines(*arguments: str) -> list[str]:
    return docker(*arguments).splitlines()


def inspect(kind: str, *names: str) -> list[dict[str, Any]]:
    """What the engine knows of those names that exist; `kind` is service, task, secret …"""
    if not names:
        return []
    # A CLI of 2024 does not know --type=config, and `docker service inspect` adds defaults.
    asked = (kind, "inspect") if kind == "config" else ("inspect", "--type", kind)
    done = run(*asked, *names)
    found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    if done.returncode and not _only_missing(done.stderr.lower()):
        raise DockerFailed(f"docker inspect: {done.stderr.strip()}")
    return found


def _only_missing(complaint: str) -> bool:
    """Whether the engine was reached; without one, ssh may say "docker: command not found"."""
    is_reached = "error during connect" not in complaint and "cannot connect" not in complaint
    return is_reached and ("no such" in complaint or "not found" in complaint)


def insist(ask: Callable[[], T]) -> T:
    """What `ask` returns; it is asked again while docker fails, for SILENCE_SECONDS at most."""
    deadline = time.monotonic() + SILENCE_SECONDS
    while True:
        try:
            return ask()
        except DockerFailed:
            if time.monotonic() > deadline:
                raise
        time.sleep(POLL_SECONDS)


def engine() -> str:
    """The address of the engine: unix:///var/run/docker.sock, ssh://root@node1 …"""
    return docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")


def is_manager() -> bool:
    """Whether the engine is a manager of a swarm."""
    return docker("info", "--format", "{{.Swarm.ControlAvailable}}") == "true"


def own_node() -> str:
    """The id of the engine's own node."""
    return docker("info", "--format", "{{.Swarm.NodeID}}")


def content_of(config: Mapping[str, Any]) -> str:
    """What a config holds; unlike a secret it can be read back."""
    return base64.b64decode(config["Spec"]["Data"]).decode()


def say(text: str) -> None:
    print(text, flush=True)


def exit_status(work: Callable[[], None]) -> int:
    """Run a command and return its exit status; Trouble is shown as text, not as a traceback.

    Being told to stop, or losing the terminal, is handled like Ctrl-C, so that a command cleans up.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Ignored is what `nohup` wants.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        work()
    except Trouble as trouble:
        print(f"\nMiniTwit: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nMiniTwit: interrupted; what was begun may still go on in the swarm.")
        return 130
    return 0
