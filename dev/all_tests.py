"""`make test`: all tests, in two processes at once, since half of the time they only wait.

The tests that cross services are one half. Lines are shown as they come; each half's summary is
shown when both have ended.
"""

import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread

from dev.journal import show
from dev.processes import die_with_parent
from dev.services import ROOT

WHOLE = "tests"


class Half:
    """One pytest, in its own process."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent(signal.SIGINT),
        )
        self._end: list[str] = []
        self._relay = Thread(target=self._show)
        self._relay.start()

    def _show(self) -> None:
        for line in self._process.stdout or ():
            if self._end or (line.startswith("=") and "test session starts" not in line):
                self._end.append(line)
            else:
                show(line.rstrip("\n"))

    def wait(self) -> int:
        """pytest's exit status."""
        self._relay.join()
        return self._process.wait()

    def show_end(self) -> None:
        """Failures, and the summary."""
        show("".join(self._end).rstrip("\n"))


def run(parts: Sequence[Sequence[str]]) -> int:
    """The first exit status of pytest that is not 0; on Ctrl-C the halves end by themselves."""
    halves = [Half(arguments) for arguments in parts]
    for half in halves:
        with suppress(KeyboardInterrupt):
            half.wait()
    statuses = [half.wait() for half in halves]
    for half in halves:
        half.show_end()
    return next(filter(None, statuses), 0)


def main() -> int:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    folders = settings["tool"]["pytest"]["ini_options"]["testpaths"]
    return run([[WHOLE], [folder for folder in folders if folder != WHOLE]])


if __name__ == "__main__":
    sys.exit(main())
