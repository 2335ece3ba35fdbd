"""One process of the system: how it is started, watched and ended without leaving anything."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dev.relay import Relay
from dev.trouble import Trouble

_PR_SET_PDEATHSIG = 1
_PROGRAMS = ("postgres", "nginx", "python")
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


@dataclass
class Process:
    """A command with its own working folder, process group and log.

    `folder` is used by no other process: any that is found working in it is a leftover.
    `stop_signal` asks it to finish its work, `quick_signal` to end at once, cleanly. `relay` turns
    what it writes on its standard error into JSON lines, if it can't do that itself.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    port: int
    ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    quick_signal: signal.Signals = signal.SIGTERM
    patience: float = 5.0
    relay: Relay | None = None
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        return self.child.pid if self.child else 0

    @contextmanager
    def running(self, *marks: str, seconds: float = 60.0) -> Iterator[None]:
        """Run for as long as the block lasts; Trouble if it ends or is not ready in time.

        `marks` are for `last_words`.
        """
        self.start()
        deadline = time.monotonic() + seconds
        try:
            while not self.ready():
                if self.ended() is not None or time.monotonic() > deadline:
                    raise Trouble(f"{self.name} did not start: {last_words(self.log, *marks)}")
                time.sleep(0.05)
            yield
        finally:
            self.ask_to_stop()
            self.wait()

    def start(self) -> None:
        """Start it in a group of its own, after ending what an earlier one left behind."""
        end_leftovers(self.folder)
        with self.log.open("ab") as log, self._errors(log) as errors:
            self.child = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=errors,
                start_new_session=True,
                preexec_fn=die_with_parent(self.quick_signal),
            )

    def _errors(self, log: IO[bytes]) -> AbstractContextManager[IO[bytes]]:
        return self.relay.started(self.log, log) if self.relay else nullcontext(log)

    def ended(self) -> int | None:
        """The exit status (negative for a signal), None while it runs."""
        return self.child.poll() if self.child else None

    def ask_to_stop(self) -> None:
        if self.child and self.child.poll() is None:
            self.child.send_signal(self.stop_signal)

    def wait(self) -> None:
        """Wait up to `patience` seconds for its end, then kill whatever is left of it."""
        if self.child is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(self.patience)
        self.kill()

    def kill(self) -> None:
        """End it with everything it started, at once."""
        if self.child is None:
            return
        self.kill_group()
        self.child.wait()
        end_leftovers(self.folder)
        if self.relay:
            self.relay.end()

    def kill_group(self) -> None:
        if self.child is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)


def die_with_parent(
    quick_signal: signal.Signals = signal.SIGKILL,
) -> Callable[[], None] | None:
    """What a child calls between fork and exec, to be sent `quick_signal` if its parent dies."""
    parent = os.getpid()

    def prepare() -> None:
        set_death_signal(quick_signal)
        if os.getppid() != parent:
            os._exit(1)

    return prepare if _prctl else None


def set_death_signal(number: signal.Signals) -> None:
    """Ask the kernel for a signal when this process's parent ends; Linux alone can do that."""
    if _prctl:
        _prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def end_leftovers(folder: Path) -> None:
    """Kill our programs that are still at work in `folder`, and wait until they are gone."""
    deadline = time.monotonic() + 3
    while (left := leftovers(folder)) and time.monotonic() < deadline:
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def leftovers(folder: Path) -> list[int]:
    """Our programs whose working folder is `folder` or below it; none where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            place = Path(os.readlink(entry / "cwd"))
            program = Path(os.readlink(entry / "exe")).name
            if place.is_relative_to(folder) and program.startswith(_PROGRAMS):
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def last_words(log: Path, *marks: str) -> str:
    """The last line of a log that tells of an error, else its last line.

    A JSON line does so by its level, and a plain one by any of `marks`, where its text begins.
    """
    try:
        lines = log.read_text(errors="replace")[-20_000:].strip().splitlines()
    except OSError:
        return "it left no log."
    found = (_complaint(line, marks) for line in reversed(lines))
    last = next(filter(None, found), None) or _said(lines[-1] if lines else "it left no word")[0]
    return last.strip().rstrip(".") + "."


def _complaint(line: str, marks: tuple[str, ...]) -> str:
    words, is_bad = _said(line)
    if is_bad:
        # A further line is a hint, which the log has.
        return words.partition("\n")[0]
    places = [words.index(mark) for mark in marks if mark in words]
    return words[min(places) :] if places else ""


def _said(line: str) -> tuple[str, bool]:
    """What a line says (of a document the error, or else the message), and if it is an error."""
    try:
        entry = json.loads(line)
        error = ": ".join(entry[name] for name in ("error.type", "error.message") if name in entry)
        return error or str(entry["message"]), entry.get("log.level") in ("error", "critical")
    except (ValueError, TypeError, KeyError):
        return line, False
