"""`make stop SERVICE=users`, `make start SERVICE=users`: see what the others do without it.

The runner leaves a stopped process alone until it is started again, or everything is.
"""

import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from dev import probing, services
from dev.demo.system import folder, running, told
from dev.state import State
from dev.trouble import Trouble

SECONDS = 30.0


def main() -> int:
    return told(control)


def control() -> None:
    """Trouble when nothing runs, or nothing is called so."""
    verb, name = [*sys.argv[1:], "", ""][:2]
    state = State(folder().absolute())
    processes = running(state.folder)["processes"]
    if verb not in ("stop", "start") or name not in processes:
        raise Trouble(
            f"which service? For example: make {verb} SERVICE=users ({', '.join(processes)})"
        )
    port = processes[name]["port"]
    if verb == "stop":
        stop(state, name, port)
    else:
        start(state, name, port)


def stop(state: State, name: str, port: int) -> None:
    """Ask for the end and wait for it."""
    (state.held / name).touch()
    _await(lambda: not _listens(port), f"{name} does not end; its log is {state.log(name)}.")


def start(state: State, name: str, port: int) -> None:
    """Let it be started again and wait until it is ready."""
    with suppress(FileNotFoundError):
        (state.held / name).unlink()
    complaint = f"{name} does not get ready; its log is {state.log(name)}."
    if name in services.NAMES:
        _await(lambda: probing.status(port, "/readyz") == 200, complaint)
    else:
        _await(lambda: _listens(port), complaint)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _await(done: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise Trouble(complaint)
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
