"""What came of the actions: counts, errors by kind, how long they took."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from dev.simulator.actions import KINDS, Action
from dev.simulator.wire import Outcome

SHOWN_FAILURES = 10
COLUMNS = ("action", "count", "errors", "p50", "p95", "p99", "max")


def percentile(ascending: list[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of all values do not exceed."""
    return ascending[max(0, ceil(share * len(ascending)) - 1)]


@dataclass
class Line:
    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def cells(self, title: str) -> tuple[str, ...]:
        ordered = sorted(self.seconds)
        times = [percentile(ordered, share) for share in (0.5, 0.95, 0.99, 1)] if ordered else []
        shown = [f"{1000 * time:.1f}" for time in times] or ["-"] * 4
        return (title, f"{len(ordered):,}", f"{self.errors.total():,}", *shown)

    def __add__(self, other: "Line") -> "Line":
        return Line(self.seconds + other.seconds, self.errors + other.errors)


@dataclass
class Tally:
    lines: dict[str, Line] = field(default_factory=lambda: {kind: Line() for kind in KINDS})
    failures: list[str] = field(default_factory=list)
    last_id: int | None = None
    lowest_id: int = 0
    highest_id: int = 0

    def record(self, action: Action, outcome: Outcome) -> None:
        line = self.lines[action.kind]
        line.seconds.append(outcome.seconds)
        if outcome.error:
            line.errors[outcome.error] += 1
            self._remember(action, outcome)
        self.lowest_id = action.id if self.last_id is None else min(self.lowest_id, action.id)
        self.highest_id = max(self.highest_id, action.id)
        self.last_id = action.id

    @property
    def total(self) -> Line:
        return sum(self.lines.values(), start=Line())

    @property
    def errors(self) -> int:
        return sum(line.errors.total() for line in self.lines.values())

    def sent(self, action_id: int) -> bool:
        return self.last_id is not None and self.lowest_id <= action_id <= self.highest_id

    def report(self, elapsed: float) -> Iterator[str]:
        """The closing table, times in ms, then what went wrong."""
        rows = [line.cells(kind) for kind, line in self.lines.items()]
        total = self.total
        yield from table([COLUMNS, *rows, total.cells("all")])
        rate = len(total.seconds) / elapsed if elapsed else 0
        yield f"Times in ms. {elapsed:,.1f} s in all, {rate:,.0f} requests per second."
        yield from self._errors()

    def _errors(self) -> Iterator[str]:
        for kind, line in self.lines.items():
            if line.errors:
                yield f"{kind}: " + ", ".join(f"{n:,} {e}" for e, n in line.errors.most_common())
        if self.failures:
            yield f"The first {len(self.failures)} of {self.errors:,} errors:"
            yield from self.failures

    def _remember(self, action: Action, outcome: Outcome) -> None:
        if len(self.failures) < SHOWN_FAILURES:
            trace = f"  make logs ID={outcome.request_id}" if outcome.request_id else ""
            what = f"  {action.id}  {action.kind} {action.name}: {outcome.error}"
            self.failures.append(what + trace)


def table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join([first.strip().ljust(widths[0]), *rest])
