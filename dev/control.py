"""`make stop SERVICE=users`, `make start SERVICE=users`: see how the others do without it.

The runner leaves a stopped process alone until it, or the whole system, is started again.
"""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from dev import probing, services
from dev.state import State
from dev.system import exit_status, folder, is_alive, running
from dev.trouble import Trouble

SECONDS = 30.0


def main() -> int:
    return exit_status(control)


def control() -> None:
    """Stop or start services; Trouble if no system is running, or for an unknown name."""
    verb, *names = sys.argv[1:]
    state = State(folder().absolute())
    processes = running(state.folder)["processes"]
    if not names or not processes.keys() >= set(names):
        raise Trouble(
            f"which service? For example: make {verb} SERVICE=users ({', '.join(processes)})"
        )
    change = stop if verb == "stop" else start
    for name in names:
        change(state, name, processes[name])


def stop(state: State, name: str, process: Mapping[str, int]) -> None:
    """Ask it to stop and wait until it is gone: a closed port alone does not mean that it is."""
    (state.held / name).touch()
    complaint = f"{name} does not end; its log is {state.log(name)}."
    _await(lambda: not is_alive(process["pid"]), complaint)
    print(f"{name} is stopped; `make start SERVICE={name}` starts it again.")


def start(state: State, name: str, process: Mapping[str, int]) -> None:
    """Let it be started again and wait until it is ready."""
    with suppress(FileNotFoundError):
        (state.held / name).unlink()
    complaint = f"{name} does not get ready; its log is {state.log(name)}."
    if name in services.NAMES:
        _await(lambda: probing.status(process["port"], "/readyz") == 200, complaint)
    else:
        _await(lambda: probing.listens(process["port"]), complaint)
    print(f"{name} is ready.")


def _await(done: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise Trouble(complaint)
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
