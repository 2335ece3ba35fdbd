"""Events one after the other under a load that holds, and the figures of each."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from dev.simulator.tally import percentile
from infra.proof.events import Event
from infra.proof.happenings import Happening
from infra.proof.ledger import Ledger
from infra.proof.load import Load
from infra.proof.samples import Figures
from infra.proof.scene import Scene
from infra.swarm.docker import say
from infra.trouble import Trouble

QUIET_SECONDS = 8.0
UNQUIET_SECONDS = 60.0
SETTLE_SECONDS = 10.0
PROGRESS_SECONDS = 10.0


@dataclass(frozen=True)
class Row:
    """An event, what was seen of it, how long it took, what it missed, and how busy the machine
    was: its load average per processor at the end."""

    event: Event
    figures: Figures
    seconds: float
    missed: tuple[str, ...]
    busy: float = 0.0


class Proof:
    def __init__(self, scene: Scene, load: Load, ledger: Ledger) -> None:
        self._scene = scene
        self._load = load
        self._ledger = ledger
        # Requests that failed between the events.
        self.unquiet = 0

    def run(self, events: Sequence[Event], deadline: float) -> Iterator[Row]:
        """Run the events and yield their rows; one that no time is left for counts as missed."""
        for event in events:
            if time.monotonic() > deadline:
                yield Row(event, Figures((), 0.0), 0.0, ("there was no time left for it",))
            else:
                say(f"{event.title} …")
                yield self._row(event)

    def _row(self, event: Event) -> Row:
        trouble = self._happen(event.prepare)
        before = self._await_quiet()
        start = time.monotonic()
        with self._progress():
            trouble = trouble or self._happen(event.happen)
            seconds = time.monotonic() - start
            time.sleep(SETTLE_SECONDS)
        end = time.monotonic()
        try:
            figures = self._figures(before, start, end)
        except Trouble as error:
            return Row(event, Figures((), start), seconds, _told(trouble, str(error)))
        missed = _told(trouble, *(bar(figures) for bar in event.bars))
        busy = os.getloadavg()[0] / (os.cpu_count() or 1)
        return Row(event, figures, seconds, missed, busy)

    def _happen(self, happening: Happening) -> str:
        """Run a happening; returns what went wrong, "" for nothing."""
        try:
            happening(self._scene)
        except Trouble as error:
            return str(error)
        return ""

    def _await_quiet(self) -> float:
        """Wait until no request fails, so that failures are the event's own; returns since when."""
        deadline = time.monotonic() + UNQUIET_SECONDS
        while True:
            before = time.monotonic()
            time.sleep(QUIET_SECONDS)
            failed = sum(bool(it.error) for it in self._load.between(before, time.monotonic()))
            if not failed or time.monotonic() > deadline:
                return before
            self.unquiet += failed
            say(f"  {failed} failed before it began; waiting")

    def _figures(self, before: float, start: float, end: float) -> Figures:
        samples = self._load.between(start, end)
        quiet = sorted(sample.seconds for sample in self._load.between(before, start))
        usual = percentile(quiet, 0.99) if quiet else 0.0
        lost = self._ledger.lost(self._ledger.between(start))
        return Figures(samples, start, usual, len(lost))

    @contextmanager
    def _progress(self) -> Iterator[None]:
        """Print a line now and then during the block."""
        end, start = threading.Event(), time.monotonic()
        known = self._load.count()

        def tell() -> None:
            while not end.wait(PROGRESS_SECONDS):
                sent, failed = self._load.count()
                seconds = time.monotonic() - start
                say(f"  {seconds:4.0f} s  {sent - known[0]} requests, {failed - known[1]} failed")

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        try:
            yield
        finally:
            end.set()
            teller.join()


def _told(*reasons: str) -> tuple[str, ...]:
    """Those that say something."""
    return tuple(reason for reason in reasons if reason)
