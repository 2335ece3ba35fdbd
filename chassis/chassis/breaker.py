"""A circuit breaker: fail at once when a database or a service was unreachable a moment ago.

Each attempt to reach something that is gone takes seconds. If every request made its own, all
threads would soon be waiting, and requests that wait for a thread would be answered too late.
"""

from threading import Lock
from time import monotonic

RESET_SECONDS = 1.0
TRIAL_SECONDS = 3.0


class Breaker:
    """After `threshold` failures in a row, only one attempt at a time is allowed.

    The next one is allowed `reset_seconds` after the last failure, or `trial_seconds` after the
    last attempt began if that has not ended. A failure counts only if no other attempt has
    succeeded since it began.
    """

    def __init__(
        self,
        threshold: float = 1,
        reset_seconds: float = RESET_SECONDS,
        trial_seconds: float = TRIAL_SECONDS,
    ) -> None:
        self._threshold = threshold
        self._reset_seconds, self._trial_seconds = reset_seconds, trial_seconds
        self._succeeded_at = float("-inf")
        self._failures = 0
        self._next_trial: float | None = None
        self._lock = Lock()

    def allows(self) -> bool:
        """Whether to try now; a caller that may then records success or failure."""
        with self._lock:
            if self._next_trial is None:
                return True
            now = monotonic()
            if now < self._next_trial:
                return False
            self._next_trial = now + self._trial_seconds
            return True

    def record_success(self) -> None:
        """An attempt succeeded: everyone may try again."""
        with self._lock:
            self._succeeded_at, self._failures, self._next_trial = monotonic(), 0, None

    def record_failure(self, begun: float) -> None:
        """An attempt that began at `begun` (`monotonic()`) has failed."""
        with self._lock:
            if self._succeeded_at < begun:
                self._failures += 1
                if self._failures >= self._threshold:
                    self._next_trial = monotonic() + self._reset_seconds
