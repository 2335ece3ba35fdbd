"""Errors that end a command with a message instead of a traceback."""

import sys
from collections.abc import Callable

from chassis.config import ConfigError


class Trouble(Exception):
    """An error whose text is all that the operator needs to read."""


def exit_status(work: Callable[[], None]) -> int:
    """Run a command and return its exit status; 2 if its configuration is not usable."""
    try:
        work()
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except (Trouble, OSError) as error:
        print(f"logs: {str(error).strip()}", file=sys.stderr)
        return 1
    return 0
