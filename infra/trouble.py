"""Errors that end a command with a message instead of a traceback."""

import sys
from collections.abc import Callable

from chassis.config import ConfigError


class Trouble(Exception):
    """An error whose text is all that the operator needs to read."""


def exit_status(work: Callable[[], None], name: str, *refusals: type[Exception]) -> int:
    """Run a command and return its exit status; 2 if its configuration is not usable.

    Trouble, what the operating system refuses, and `refusals` are one message each, after `name`.
    """
    messages: tuple[type[Exception], ...] = (Trouble, OSError, *refusals)
    try:
        work()
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except messages as error:
        print(f"{name}: {str(error).strip()}", file=sys.stderr)
        return 1
    return 0
