"""A circuit breaker: fail at once when a database or a service was unreachable a moment ago.

Each attempt to reach something that is gone takes seconds. If every request made its own, all
threads would soon be waiting, and requests that wait for a thread would be answered too late.
"""

from threading import Lock
from time import monotonic

PAUSE_SECONDS = 1.0
LONGEST_SECONDS = 3.0


class Breaker:
    """After `most` failures in a row, only one attempt at a time is permitted.

    The next one is permitted `pause` seconds after the last failure, or `longest` seconds after the
    last attempt began if that has not ended. A failure counts only if no other attempt has
    succeeded since it began.
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
        """Whether to try now; a caller that may then reports `worked` or `failed`."""
        with self._turn:
            if self._next is None:
                return True
            now = monotonic()
            if now < self._next:
                return False
            self._next = now + self._longest
            return True

    def worked(self) -> None:
        """An attempt succeeded: everyone may try again."""
        with self._turn:
            self._worked_at, self._failed, self._next = monotonic(), 0, None

    def failed(self, begun: float) -> None:
        """An attempt that began at `begun` (`monotonic()`) has failed."""
        with self._turn:
            if self._worked_at < begun:
                self._failed += 1
                if self._failed >= self._most:
                    self._next = monotonic() + self._pause
