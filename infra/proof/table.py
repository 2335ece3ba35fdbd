"""The table at the end, and one for programs: a CSV file with a line per request."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from infra.proof.run import Row
from infra.proof.samples import Figures, Sample, span


def table(rows: Sequence[Row], nodes: Sequence[str]) -> Iterator[str]:
    head = ("event", "seconds", "requests", *(f"failed at {node}" for node in nodes))
    head += ("reads failed", "late", "slowest", "errors for", "lost", "p99 back", "load", "")
    cells = [head, *(_cells(row, nodes) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for first, *rest in cells:
        shown = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        yield "  ".join([first.ljust(widths[0]), *shown]).rstrip()
    yield "Times in seconds. Late: right, but after the simulator's 0.3 s. Lost: of what was saved."
    yield "Load: the machine's, per processor; above 1 others wait for it."


def failures(row: Row) -> Iterator[str]:
    """Kinds of failures of an event, with a request of each to look up in the logs."""
    kinds: Counter[tuple[str, str, str]] = Counter()
    examples: dict[tuple[str, str, str], Sample] = {}
    for sample in row.figures.failed:
        key = (sample.node, sample.kind, sample.error)
        kinds[key] += 1
        examples.setdefault(key, sample)
    for key, count in kinds.most_common():
        example = examples[key]
        after = example.at - row.figures.start
        identity = example.request_id or "none"
        yield f"  {count} x {' '.join(key)}; the first after {after:.1f} s, request {identity}"


def write(path: Path, rows: Iterable[Row]) -> None:
    """CSV: every request of every event, times in seconds since the event's start."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(
            ["event", "at", "node", "kind", "seconds", "status", "error", "late", "request_id"]
        )
        for row in rows:
            for it in row.figures.samples:
                at, took = f"{it.at - row.figures.start:.3f}", f"{it.seconds:.3f}"
                cells = [row.event.title, at, it.node, it.kind, took, it.status, it.error]
                lines.writerow([*cells, int(it.is_late), it.request_id])


def _cells(row: Row, nodes: Sequence[str]) -> tuple[str, ...]:
    seen: Figures = row.figures
    return (
        row.event.title,
        f"{row.seconds:.0f}",
        str(len(seen.samples)),
        *(str(len(seen.failed_at(node))) for node in nodes),
        str(len(seen.failed_reads)),
        str(seen.late),
        f"{seen.slowest:.2f}",
        f"{span(seen.failed):.1f}",
        str(seen.lost),
        f"{seen.recovery:.0f}",
        f"{row.busy:.1f}",
        "missed" if row.missed else "met",
    )
