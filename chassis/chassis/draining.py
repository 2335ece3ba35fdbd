"""Leaving without losing a request.

Between SIGTERM and its end a process goes on answering, since clients learn only after a while that
it is going away. It closes each connection after the answer, so that the client's next one leads to
another process. The flag lies in memory that gunicorn's master shares with its worker.
"""

import mmap
from typing import Any

_flag = mmap.mmap(-1, 1)


def begin() -> None:
    """Mark this process, and every one forked from it, as about to stop."""
    _flag[0] = 1


def has_begun() -> bool:
    return _flag[0] == 1


def send_away(_worker: Any, request: Any) -> None:
    """gunicorn's `pre_request`: once draining has begun, end the connection after this answer.

    Others, whose answers have said that they stay open, do.
    """
    if has_begun():
        request.force_close()
