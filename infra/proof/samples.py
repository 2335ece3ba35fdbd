"""What became of each request, and the figures of a stretch of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dev.simulator.tally import percentile

PATIENCE_SECONDS = 0.3
SLICE_SECONDS = 2.0


@dataclass(frozen=True)
class Sample:
    """One request. `at` is when it was due and `seconds` runs from then, so that a client that
    had to wait for its turn waits in the figures too. `status` is 0 without an answer."""

    at: float
    node: str
    kind: str
    is_write: bool
    is_impatient: bool
    seconds: float
    status: int
    error: str = ""
    request_id: str = ""
    retry_after: str = ""

    @property
    def is_late(self) -> bool:
        """Right, but after the simulator has hung up."""
        return self.is_impatient and not self.error and self.seconds > PATIENCE_SECONDS

    @property
    def says_later(self) -> bool:
        return self.status == 503 and bool(self.retry_after)


@dataclass(frozen=True)
class Figures:
    """Those requests that were due while an event and its aftermath went on.

    `quiet` is the p99 of the time before.
    """

    samples: Sequence[Sample]
    start: float
    quiet: float = 0.0
    lost: int = 0

    @property
    def failed(self) -> list[Sample]:
        return [sample for sample in self.samples if sample.error]

    def failed_at(self, node: str) -> list[Sample]:
        return [sample for sample in self.failed if sample.node == node]

    @property
    def failed_reads(self) -> list[Sample]:
        return [sample for sample in self.failed if not sample.is_write]

    @property
    def late(self) -> int:
        return sum(sample.is_late for sample in self.samples)

    @property
    def slowest(self) -> float:
        return max((sample.seconds for sample in self.samples), default=0.0)

    @property
    def slow(self) -> float:
        """A p99 above this is not what it was: twice the quiet one, or the simulator's 0.3 s."""
        return max(2 * self.quiet, PATIENCE_SECONDS)

    @property
    def recovery(self) -> float:
        """Seconds from the event's start to the end of the last slice with a slow p99."""
        slices: dict[int, list[float]] = {}
        for sample in self.samples:
            slices.setdefault(int((sample.at - self.start) / SLICE_SECONDS), []).append(
                sample.seconds
            )
        slow = [n for n, seconds in slices.items() if percentile(sorted(seconds), 0.99) > self.slow]
        return (max(slow) + 1) * SLICE_SECONDS if slow else 0.0


def span(failed: Iterable[Sample]) -> float:
    """Seconds from when the first of them was due to when the last one's answer was there."""
    known = list(failed)
    if not known:
        return 0.0
    return max(it.at + it.seconds for it in known) - min(it.at for it in known)
