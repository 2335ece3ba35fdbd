"""Writing lines to standard output: whole ones, in order, and never at a request's expense.

Standard output is most often a pipe to whoever collects logs. One that nobody reads any more
fills up, and then every write waits; so it is made to refuse instead, and large, for a reader
who is only busy. A full disk refuses by itself. What is refused is dropped and counted, and
what comes after it is tried anew.
"""

import fcntl
import logging
import os
import stat
import sys
from contextlib import suppress

from chassis import metrics

PIPE_BYTES = 1024 * 1024


class Lines(logging.Handler):
    """Writes each record to a file descriptor; no buffer is lost when the process is killed."""

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
        """The rest of a line that was only half taken goes first."""
        try:
            self._rest = self._rest[os.write(self._file, self._rest) :] if self._rest else b""
            if self._rest:
                raise BlockingIOError
            self._rest = line[os.write(self._file, line) :]
        except OSError:
            metrics.lines_dropped.inc()


def _is_pipe(file: int) -> bool:
    """A terminal or a file is shared with others, who would not expect to be refused."""
    mode = os.fstat(file).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _widen(file: int) -> None:
    """As far as this system lets anybody."""
    with suppress(OSError, AttributeError):
        fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
