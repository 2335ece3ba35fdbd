"""What ends a command, told in words."""

import sys
from collections.abc import Callable

import psycopg2

from chassis.config import ConfigError


class Trouble(Exception):
    """Its text is all that the operator needs to read."""


def exit_status(work: Callable[[], None]) -> int:
    """The exit status of a command; 2 for a configuration that is not usable."""
    try:
        work()
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except (Trouble, psycopg2.Error, OSError) as error:
        print(f"backup: {str(error).strip()}", file=sys.stderr)
        return 1
    return 0
