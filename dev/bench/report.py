"""What was measured, as tables for the terminal and for docs/performance.md, and as pictures."""

import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dev.bench.bars import Bar, Results
from dev.bench.simulation import Browsing, Simulation
from dev.bench.soak import Soak
from dev.clone import told
from dev.services import PARTS, ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
_PLACE = re.compile(r"(?<=<!-- measured -->\n).*(?=<!-- end -->)", re.DOTALL)
SIMULATED = (
    *("ms", "requests", "errors", "p50", "p99", "max", "disk max", "bare"),
    *("register p50", "register p99", "hash p50", "hash p99"),
)
HEADINGS = ("route", "1/s", "of bare", "p50", "p99", *PARTS, "all")

Rows = list[tuple[str, ...]]


@dataclass
class Report:
    """Everything of one run; `results` by size, then by route."""

    results: Mapping[str, Results] = field(default_factory=dict)
    statements: dict[str, float] = field(default_factory=dict)
    simulations: list[Simulation] = field(default_factory=list)
    browsing: Browsing = field(default_factory=Browsing)
    idle: dict[str, float] = field(default_factory=dict)
    soak: Soak | None = None
    bars: list[Bar] = field(default_factory=list)
    seconds: float = 0.0


def table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Markdown that can be read in a terminal too; the first row names the columns."""
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, tuple("-" * (width - 1) + ":" for width in widths))
    cells[1] = (":" + "-" * (widths[0] - 1), *cells[1][1:])
    for first, *rest in cells:
        padded = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        yield f"| {' | '.join([first.ljust(widths[0]), *padded])} |"


def of_routes(results: Results) -> Rows:
    """Times in ms, CPU time in µs per request."""
    rows: Rows = [HEADINGS]
    for each in results.values():
        used = [1e6 * each.cpu.get(part, 0.0) for part in PARTS]
        rows.append(
            (
                each.title,
                f"{each.rate:,.0f}",
                f"{each.ratio:.2f}",
                f"{1000 * each.p50:.1f}",
                f"{1000 * each.p99:.1f}",
                *(f"{part:,.0f}" if part >= 1 else "" for part in used),
                f"{sum(used):,.0f}",
            )
        )
    return rows


def of_bars(bars: Iterable[Bar]) -> Rows:
    rows: Rows = [("bar", "measured", "required", "met")]
    for bar in bars:
        sign = "≥" if bar.at_least else "≤"
        met = "yes" if bar.met else "**no**"
        rows.append((bar.what, f"{bar.measured:,.2f}", f"{sign} {bar.required:g}", met))
    return rows


def of_statements(statements: Mapping[str, float], results: Results) -> Rows:
    rows: Rows = [("route", "its SQL alone (pgbench), 1/s", "the route, 1/s")]
    for name, rate in statements.items():
        route = results[name]
        rows.append((route.title, f"{rate:,.0f}", f"{route.rate:,.0f}"))
    return rows


def of_simulations(simulations: Iterable[Simulation]) -> Rows:
    rows: Rows = [SIMULATED]
    for each in simulations:
        times = (each.p50, each.p99, each.longest, each.disk, each.bare)
        registers = (each.register_p50, each.register_p99, each.hash, each.hash_p99)
        shown = (f"{1000 * seconds:.1f}" for seconds in (*times, *registers))
        rows.append((each.title, f"{each.requests:,}", f"{each.errors}", *shown))
    return rows


def of_memory(idle: Mapping[str, float], soak: Soak | None) -> Rows:
    rows: Rows = [("MB (PSS)", "idle", "under load, first", "under load, last")]
    for part in PARTS:
        later = (soak.before[part], soak.after[part]) if soak else ()
        cells = [f"{each:.0f}" for each in (idle[part], *later)]
        rows.append((part, *cells, *[""] * (3 - len(cells))))
    return rows


def sections(report: Report) -> Iterator[str]:
    """All tables, as they stand in the document."""
    machine = f"{os.cpu_count()} cores, {platform.system()}"
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    yield f"A run of {report.seconds / 60:.0f} minutes on {day} at {_commit()}, {machine}."
    yield from ("", *table(of_bars(report.bars)))
    for size, results in report.results.items():
        yield from ("", f"**{size} messages.** Times in ms, CPU time per request in µs.", "")
        yield from table(of_routes(results))
    largest = list(report.results.values())[-1]
    if report.statements:
        yield from ("", *table(of_statements(report.statements, largest)))
    if report.simulations:
        yield from ("", *table(of_simulations(report.simulations)))
    if report.idle:
        yield from ("", *table(of_memory(report.idle, report.soak)))


def _commit() -> str:
    """The commit that was measured, so that it can be measured again."""
    return told("describe", "--always", "--dirty", otherwise="an unknown commit")


def write(report: Report) -> None:
    """Put the tables in their place in the document."""
    text = "\n".join(["", *sections(report), "", ""])
    DOCUMENT.write_text(_PLACE.sub(lambda _: text, DOCUMENT.read_text()))
