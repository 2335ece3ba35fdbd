"""What a dashboard is made of.

A board lists panels in reading order; they flow from left to right, 24 columns to a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

GREEN, ORANGE, RED, BLUE = "green", "orange", "red", "blue"


@dataclass(frozen=True)
class Query:
    """PromQL, and what to call each of its series."""

    expression: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """`steps` are thresholds, each with the colour from its value up; the first one has no bound.

    `unit` is Grafana's name of it; `most` bounds the axis; `stacked` adds the series up.
    """

    title: str
    unit: str
    queries: Sequence[Query]
    kind: str = "timeseries"
    width: int = 12
    height: int = 8
    what: str = ""
    steps: Sequence[tuple[float, str]] = ()
    decimals: int | None = None
    most: float | None = None
    stacked: bool = False


@dataclass(frozen=True)
class Row:
    """A heading."""

    title: str


@dataclass(frozen=True)
class Board:
    """One dashboard; `by_service` gives it a choice of services, `$service`."""

    name: str
    title: str
    what: str
    parts: Sequence[Panel | Row]
    by_service: bool = False
    since: str = "now-6h"

    @property
    def panels(self) -> list[Panel]:
        return [part for part in self.parts if isinstance(part, Panel)]


def graph(title: str, unit: str, *queries: Query, **more: Any) -> Panel:
    """Lines over time."""
    return Panel(title, unit, queries, **more)


def number(title: str, unit: str, expression: str, legend: str = "", **more: Any) -> Panel:
    """The newest value, large; one for each series."""
    more = {"width": 4, "height": 4, "kind": "stat", **more}
    return Panel(title, unit, [Query(expression, legend)], **more)


def table(title: str, unit: str, expression: str, **more: Any) -> Panel:
    """One line for each series, its labels as columns."""
    return Panel(title, unit, [Query(expression)], kind="table", **more)
