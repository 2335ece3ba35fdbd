"""The screen: a table of the parts, and lines for the simulator, the rows and the machine."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dev.status.look import Part
from dev.status.scrape import Scrape

HEADINGS = ("", "HEALTH", "REQUESTS", "ERRORS", "P99", "UP", "VERSION")
NOTHING = "-"
# What the simulator waits.
SLOW_SECONDS = 0.3
GREEN, YELLOW, RED, DIM, BOLD = "32", "33", "31", "2", "1"
_HEALTHS = {"ready": GREEN, "up": GREEN, "down": RED}
Cell = tuple[str, str]
Paint = Callable[[str, str], str]


def coloured(text: str, colour: str) -> str:
    """For a terminal."""
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and text.strip() else text


def plain(text: str, _: str) -> str:
    """For a file or a pipe."""
    return text


def screen(system: dict[str, Any], parts: Sequence[Part], paint: Paint, now: float) -> list[str]:
    """Its lines; `now` is seconds since 1970, as the services tell their times."""
    scrapes = {part.name: part.scrape for part in parts if part.scrape is not None}
    clock = time.strftime("%H:%M:%S", time.localtime(now))
    return [
        f"{paint('MiniTwit', BOLD)}  {system['url']}  {paint(clock, DIM)}",
        "",
        *table([tuple((text, DIM) for text in HEADINGS), *(row(it, now) for it in parts)], paint),
        "",
        *(f"{paint(name.ljust(9), DIM)}  {text}" for name, text in wholes(scrapes, now)),
        *(paint(f"{part.name}: {part.reason}", YELLOW) for part in parts if part.reason),
    ]


def row(part: Part, now: float) -> tuple[Cell, ...]:
    """What is known of a part, each cell with its colour."""
    traffic, scrape = part.traffic, part.scrape
    start = scrape.value("process_start_time_seconds") if scrape else None
    return (
        (part.name, ""),
        (part.health, _HEALTHS.get(part.health, YELLOW)),
        (f"{traffic.rate:.1f}/s" if traffic else NOTHING, ""),
        _errors(traffic.errors if traffic else None),
        _p99(traffic.p99 if traffic else None),
        (duration(now - start) if start else NOTHING, ""),
        (_version(scrape) if scrape else NOTHING, DIM),
    )


def table(rows: Sequence[tuple[Cell, ...]], paint: Paint) -> Iterator[str]:
    """Columns as wide as what is in them; names to the left, numbers to the right."""
    widths = [max(len(text) for text, _ in column) for column in zip(*rows, strict=True)]
    left = (0, 1, len(widths) - 1)
    for cells in rows:
        shown = [
            paint(text.ljust(width) if place in left else text.rjust(width), colour)
            for place, ((text, colour), width) in enumerate(zip(cells, widths, strict=True))
        ]
        yield "   ".join(shown).rstrip()


def wholes(scrapes: dict[str, Scrape], now: float) -> Iterator[tuple[str, str]]:
    """The simulator, the rows, the machine."""
    yield "simulator", _simulator(list(scrapes.values()), now)
    names = {
        "accounts": "users",
        "sessions_active": "users",
        "messages": "messages",
        "follows": "followers",
    }
    counts = {
        name: scrapes[service].value(f"minitwit_{name}") if service in scrapes else None
        for name, service in names.items()
    }
    yield "rows", "   ".join(f"{it.partition('_')[0]} {number(counts[it])}" for it in names)
    for scrape in list(scrapes.values())[:1]:
        yield "machine", _machine(scrape)


def _simulator(scrapes: Sequence[Scrape], now: float) -> str:
    """The simulator's line, from the service that it called last."""
    name = "minitwit_simulator_last_request_timestamp_seconds"
    latest = "minitwit_simulator_latest"
    asked = [(at, each.value(latest)) for each in scrapes if (at := each.value(name))]
    if not asked:
        return f"latest {NOTHING}"
    at, value = max(asked, key=lambda each: each[0])
    return f"latest {number(value)}   {duration(now - at)} ago"


def _machine(scrape: Scrape) -> str:
    def of(name: str, **labels: str) -> float:
        return scrape.value(f"minitwit_machine_{name}", **labels) or 0.0

    def size(what: str) -> str:
        used, total = (of(f"{what}_bytes", state=state) / 1e9 for state in ("used", "total"))
        return f"{what} {used:.1f} of {total:.1f} GB"

    head = f"CPU {of('cpu_ratio'):.0%}   load {of('load1'):.2f}"
    return f"{head}   {size('memory')}   {size('disk')}"


def _errors(share: float | None) -> Cell:
    if share is None:
        return NOTHING, ""
    return f"{share:.1%}", RED if share else ""


def _p99(seconds: float | None) -> Cell:
    if seconds is None:
        return NOTHING, ""
    text = "> 2.5 s" if math.isinf(seconds) else f"{seconds * 1000:,.0f} ms"
    return text, YELLOW if seconds > SLOW_SECONDS else ""


def _version(scrape: Scrape) -> str:
    labels = scrape.labels("minitwit_build")
    return f"{labels.get('version', '?')} {labels.get('commit', '')[:7]}".strip()


def number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f}"


def duration(seconds: float) -> str:
    """Its two largest units at most."""
    whole = max(int(seconds), 0)
    for unit, size, smaller, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {smaller}"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"
