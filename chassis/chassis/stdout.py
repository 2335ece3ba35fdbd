"""Writes log lines to standard output: whole, in order, and never at a request's expense.

Standard output is usually a pipe to a log collector. If nobody reads it, it fills up, and then
every write would block; so it is made non-blocking, and large, for a reader that is only busy. A
full disk makes a write fail anyway. A line that can't be written is dropped and counted, and the
next one is tried again.
"""

import fcntl
import logging
import os
import stat
import sys
from contextlib import suppress

from chassis import metrics

PIPE_BYTES = 1024 * 1024


class StdoutHandler(logging.Handler):
    """Writes each record straight to the descriptor: a killed process loses no buffer."""

    def __init__(self) -> None:
        super().__init__()
        self._file = sys.stdout.fileno()
        self._rest = b""
        if _is_pipe(self._file):
            os.set_blocking(self._file, False)
            _widen(self._file)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record).encode("utf-8", "replace") + b"\n"
        except Exception:
            self.handleError(record)
        else:
            self._write(line)

    def _write(self, line: bytes) -> None:
        """Write a line, after the rest of the last one if that was written only in part."""
        try:
            self._rest = self._rest[os.write(self._file, self._rest) :] if self._rest else b""
            if self._rest:
                raise BlockingIOError
            self._rest = line[os.write(self._file, line) :]
        except OSError:
            metrics.lines_dropped.inc()


def _is_pipe(file: int) -> bool:
    """Whether it is a pipe or a socket; a terminal or a file is shared, and must stay blocking."""
    mode = os.fstat(file).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _widen(file: int) -> None:
    """Enlarge a pipe's buffer, as far as the system permits."""
    with suppress(OSError, AttributeError):
        fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
