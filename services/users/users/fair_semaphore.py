"""A fair semaphore: so many at a time, first come, first served.

Python's own lets a thread that arrives at the right moment overtake those that wait, and some of
these may then wait for a very long time.
"""

from collections import deque
from threading import Event, Lock


class FairSemaphore:
    """A turn that is released goes to whoever has waited longest."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._line = deque[Event]()
        self._lock = Lock()

    def acquire(self, seconds: float) -> bool:
        """Wait for a turn; False if there is none within `seconds` (0 or less: do not wait)."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            mine = Event()
            self._line.append(mine)
        if mine.wait(max(0.0, seconds)):
            return True
        with self._lock:
            if mine.is_set():
                return True
            self._line.remove(mine)
            return False

    def release(self) -> None:
        """End the caller's turn."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1
