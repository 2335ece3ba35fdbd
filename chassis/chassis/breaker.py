"""Giving up at once on what was not there a moment ago: a database, another service.

Each attempt to reach one that is gone takes seconds. If every request made its own, all threads
would soon be waiting, and those who wait for a thread would hear of it too late.
"""

from threading import Lock
from time import monotonic

PAUSE_SECONDS = 1.0
LONGEST_SECONDS = 3.0


class Breaker:
    """After `most` attempts in a row have failed, one at a time is permitted.

    It is so `pause` seconds after the last one has failed; one that takes more than `longest` is
    waited for no more. An attempt counts as failed unless another one has worked since it began.
    """

    def __init__(
        self, most: int = 1, pause: float = PAUSE_SECONDS, longest: float = LONGEST_SECONDS
    ) -> None:
        self._most, self._pause, self._longest = most, pause, longest
        self._worked_at = float("-inf")
        self._failed = 0
        self._next: float | None = None
        self._turn = Lock()

    def permits(self) -> bool:
        """Whether to try; whoever may tells how it went."""
        with self._turn:
            if self._next is None:
                return True
            now = monotonic()
            if now < self._next:
                return False
            self._next = now + self._longest
            return True

    def worked(self) -> None:
        """An attempt has worked: all may try."""
        with self._turn:
            self._worked_at, self._failed, self._next = monotonic(), 0, None

    def failed(self, begun: float) -> None:
        """An attempt has failed that was made when `monotonic()` gave `begun`."""
        with self._turn:
            if self._worked_at < begun:
                self._failed += 1
                if self._failed >= self._most:
                    self._next = monotonic() + self._pause
