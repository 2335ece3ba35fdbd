"""Where a running system is, from what its runner has written down, and how its tools end."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg2

from dev.journal import complain
from dev.secrets import SCHEMAS
from dev.state import State
from dev.trouble import Trouble


def folder() -> Path:
    return Path(os.environ.get("STATE") or ".run")


def running(state: Path) -> dict[str, Any]:
    """The content of system.json; Trouble when the system it tells of is not there."""
    system = State(state).running()
    if not system or not is_alive(int(system.get("pid", 0))):
        raise Trouble(f"No system runs from {state}; start one with make run.")
    return system


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0


def inside(system: dict[str, Any], service: str) -> str:
    return f"http://127.0.0.1:{system['processes'][service]['port']}"


def database_url(system: Mapping[str, Any], role: str) -> str:
    return Path(system["database"][role]).read_text().strip()


def owner_urls(system: dict[str, Any]) -> dict[str, str]:
    """By schema."""
    return {schema: database_url(system, f"{schema}_owner") for schema in SCHEMAS}


def exit_status(work: Callable[[], int | None], then: str = "run it again to go on") -> int:
    """Run a tool and return its exit status, which is 0 unless the tool returns another.

    Trouble, what the operating system or the database refuses, and Ctrl-C are one line each.
    """
    try:
        return work() or 0
    except KeyboardInterrupt:
        complain(f"Interrupted; {then}.")
        return 130
    except Trouble as trouble:
        complain(str(trouble))
    except OSError as error:
        complain(f"{error.filename or 'The system'}: {error.strerror or error}.")
    except psycopg2.Error as error:
        complain(f"The database: {str(error) or type(error).__name__}")
    return 1
