"""Giving up at once on a database that was not there a moment ago.

Each attempt to reach one that is gone takes seconds. If every request made its own, all threads
would soon be waiting, and those who wait for a thread would hear of it too late.
"""

from threading import Lock
from time import monotonic
from typing import Any

from psycopg2 import OperationalError
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import Dialect

PAUSE_SECONDS = 1.0


class Breaker:
    """After an attempt to connect has failed: one at a time, `pause` seconds apart."""

    def __init__(self, pause: float = PAUSE_SECONDS) -> None:
        self._pause = pause
        self._next = 0.0
        self._trial = Lock()

    def connect(
        self, dialect: Dialect, _record: Any, arguments: list[Any], settings: dict[str, Any]
    ) -> Any:
        """A connection; OperationalError at once while it would be of no use to try."""
        if not self._next:
            return self._attempt(dialect, arguments, settings)
        if monotonic() < self._next or not self._trial.acquire(blocking=False):
            raise OperationalError("the database was not there a moment ago")
        try:
            return self._attempt(dialect, arguments, settings)
        finally:
            self._trial.release()

    def _attempt(self, dialect: Dialect, arguments: list[Any], settings: dict[str, Any]) -> Any:
        try:
            connection = dialect.connect(*arguments, **settings)
        except OperationalError:
            self._next = monotonic() + self._pause
            raise
        self._next = 0.0
        return connection


def guard(engine: Engine, breaker: Breaker | None = None) -> None:
    """Let every new connection of an engine go through a breaker."""
    event.listen(engine, "do_connect", (breaker or Breaker()).connect)
