"""So many at a time, in the order in which they came.

A semaphore of Python's lets whoever comes at the right moment pass those who wait, who then wait
at the end of the line: some of them for ever so long.
"""

from collections import deque
from threading import Event, Lock


class Turns:
    """A turn that is given back goes to whoever has waited longest."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._line = deque[Event]()
        self._lock = Lock()

    def take(self, seconds: float) -> bool:
        """Whether it was one's turn within so many seconds; 0 or less is no waiting."""
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

    def give_back(self) -> None:
        """End one's own turn."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1
