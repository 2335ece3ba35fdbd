"""Starts the processes, restarts those that die, and ends all of them in order."""

import signal
import time
from collections.abc import Callable
from types import FrameType

from dev import logfiles
from dev.journal import Journal
from dev.processes import Process, last_words
from dev.trouble import Trouble

_PAUSE = 0.1
_STEADY = 10.0
_LONGEST_WAIT = 3.0
_START_SECONDS = 60.0


class Stop(BaseException):
    """Somebody asked for the end: Ctrl-C, SIGTERM, a closed terminal."""


class Supervisor:
    """`processes` in the order of their start; they end in the reverse order."""

    def __init__(self, journal: Journal, is_held: Callable[[str], bool]) -> None:
        self.journal = journal
        self.is_held = is_held
        self.processes: list[Process] = []
        self._lives: dict[str, Life] = {}
        self.is_over: Callable[[], bool] = lambda: False
        self._stopping = False

    def catch_signals(self) -> None:
        """From here on a signal ends the system; a second one ends it at once."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if not self._stopping:
            self._stopping = True
            raise Stop(signal.Signals(number).name)
        for process in self.processes:
            process.kill_group()

    def start(self, *processes: Process) -> None:
        for process in processes:
            self.processes.append(process)
            self._lives[process.name] = Life()
            process.start()
            self.journal.record(f"started {process.name}", process_pid=process.pid)

    def await_ready(self, *processes: Process) -> None:
        """Wait until each is ready; Trouble when one ends or takes too long."""
        deadline = time.monotonic() + _START_SECONDS
        waiting = list(processes)
        while waiting:
            for process in waiting:
                _check_start(process, late=time.monotonic() > deadline)
            waiting = [process for process in waiting if not process.ready()]
            self._pause(_PAUSE / 4 if waiting else 0)

    def watch(self, on_change: Callable[[], None]) -> None:
        """Restart what dies and keep the logs within bounds, until a signal comes."""
        while True:
            for process in self.processes:
                life = self._lives[process.name]
                if self.is_held(process.name):
                    life.rest(process, self.journal)
                else:
                    life.look_after(process, self.journal, on_change)
            logfiles.bound([self.journal.log, *(process.log for process in self.processes)])
            self._pause(_PAUSE)

    def _pause(self, seconds: float) -> None:
        if self.is_over():
            raise Stop("make was told to stop")
        time.sleep(seconds)

    def stop(self) -> None:
        """End everything: the gateway first, the database last."""
        self._stopping = True
        for group in _drain_order(self.processes):
            for process in group:
                process.ask_to_stop()
            for process in group:
                process.wait()
        self.journal.record("stopped")


class Life:
    """One process's deaths: how long to wait before the next start, and whether it is back."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.wait = 0.0
        self.due: float | None = None
        self.absent = False
        self.resting = False

    def rest(self, process: Process, journal: Journal) -> None:
        """Stop the process until further notice, as `make stop` wants, which waits for its end."""
        if process.ended() is None and not self.resting:
            self.resting = True
            process.ask_to_stop()
            again = f"`make start SERVICE={process.name}` starts it again."
            journal.say(f"{process.name} is stopped; {again}")

    def look_after(self, process: Process, journal: Journal, on_change: Callable[[], None]) -> None:
        now = time.monotonic()
        status = process.ended()
        if self.resting and status is not None:
            self.resting, self.due = False, now
        elif status is not None and self.due is None:
            self._plan(now)
            journal.say(f"{process.name} {describe(status)}; starting it again. ({process.log})")
        if self.due is not None and now >= self.due:
            process.start()
            self.started, self.due, self.absent = now, None, True
            on_change()
        if self.absent and status is None and _answers(process):
            self.absent = False
            journal.say(f"{process.name} is back.", process_pid=process.pid)

    def _plan(self, now: float) -> None:
        """Plan the next start: at once after a long life, a little later after each short one."""
        quick = now - self.started < _STEADY
        self.wait = min(max(0.5, self.wait * 2), _LONGEST_WAIT) if quick and self.absent else 0.0
        self.due = now + self.wait


def _answers(process: Process) -> bool:
    try:
        return process.ready()
    except Trouble:
        return False


def describe(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name}"


def _check_start(process: Process, *, late: bool) -> None:
    status = process.ended()
    if status is None and not late:
        return
    state = "is not ready after a minute" if status is None else describe(status)
    words = last_words(process.log, "FATAL", "PANIC", "Error", "[emerg]", "[crit]", "MINITWIT_")
    raise Trouble(f"{process.name} {state}: {words} More in {process.log}.")


def _drain_order(processes: list[Process]) -> list[list[Process]]:
    """The gateway, then the services together, then the database."""
    names = ("gateway", "postgres")
    first, last = ([each for each in processes if each.name == name] for name in names)
    between = [each for each in processes if each.name not in names]
    return [first, between, last]
