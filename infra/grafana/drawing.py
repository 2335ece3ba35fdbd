"""Draws a board as a page that looks about as Grafana would show it, from Prometheus' answers.

For the documentation: it runs the panels' own queries, and nothing of Grafana's.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from infra.grafana.as_json import COLUMNS, Place
from infra.grafana.panels import Board, Panel, Row

Series = list[tuple[str, list[tuple[float, float]]]]
Ask = Callable[[Panel], Any]
WIDTH, UNIT, GAP = 1440, 36, 8
COLOURS = ("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#8f8f8f")
NAMED = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "blue": "#8ab8ff"}
STYLE = """
body { margin: 0; padding: 16px; background: #111217; color: #ccccdc; width: 1440px;
       font: 13px/1.35 "DejaVu Sans", sans-serif; }
h1 { font-size: 20px; margin: 0 0 4px } p { margin: 0 0 14px; color: #9fa0ab }
.board { position: relative }
.panel { position: absolute; box-sizing: border-box; background: #181b1f; padding: 8px 10px;
         border: 1px solid #24262c; border-radius: 3px; overflow: hidden }
.row { position: absolute; font-weight: bold; padding-top: 8px }
.title { font-weight: bold; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.stats { display: flex; height: calc(100% - 20px); align-items: center;
         justify-content: space-around }
.stat { text-align: center } .stat b { display: block; font-size: 27px; font-weight: normal }
.legend { font-size: 11px; color: #b0b1bc; height: 30px; overflow: hidden }
.legend span::before { content: ""; display: inline-block; width: 12px; height: 3px;
                       margin: 0 5px 3px 0; background: var(--colour) }
.legend span { margin-right: 12px; white-space: nowrap; display: inline-block }
table { border-collapse: collapse; width: 100%; font-size: 12px; margin-top: 6px }
td, th { text-align: left; padding: 3px 6px; border-bottom: 1px solid #24262c }
text { fill: #9fa0ab; font-size: 11px }
"""


def page(board: Board, ask: Ask) -> str:
    """HTML; `ask` answers a panel's queries, with series for graphs and samples otherwise."""
    place, parts = Place(), []
    for part in board.parts:
        if isinstance(part, Row):
            parts.append(_box("row", place.take(COLUMNS, 1), escape(part.title)))
        else:
            grid = place.take(part.width, part.height)
            inside = f'<div class="title">{escape(part.title)}</div>' + _inside(
                part, grid, ask(part)
            )
            parts.append(_box("panel", grid, inside))
    height = (place.y + place.tallest) * UNIT
    head = f"<h1>{escape(board.title)}</h1><p>{escape(board.what)}</p>"
    style = f"<meta charset=utf-8><style>{STYLE}</style>"
    return f'{style}{head}<div class="board" style="height:{height}px">{"".join(parts)}</div>'


def _box(kind: str, grid: dict[str, int], inside: str) -> str:
    left, width = (grid[key] * WIDTH / COLUMNS for key in ("x", "w"))
    top, height = grid["y"] * UNIT, grid["h"] * UNIT
    where = f"left:{left}px;top:{top}px;width:{width - GAP}px;height:{height - GAP}px"
    return f'<div class="{kind}" style="{where}">{inside}</div>'


def _inside(panel: Panel, grid: dict[str, int], found: Any) -> str:
    if not found:
        return '<div class="stats">No data</div>'
    if panel.kind == "stat":
        return f'<div class="stats">{"".join(_stat(panel, *each) for each in found)}</div>'
    if panel.kind == "table":
        return _table(panel, found)
    width = grid["w"] * WIDTH // COLUMNS - GAP - 22
    return _chart(panel, found, width, grid["h"] * UNIT - GAP - 72)


def _stat(panel: Panel, name: str, value: float) -> str:
    colour = NAMED["blue"]
    for at, (start, named) in enumerate(panel.steps):
        if at == 0 or value >= start:
            colour = NAMED[named]
    text = shown(value, panel.unit, panel.decimals)
    return f'<div class="stat"><b style="color:{colour}">{text}</b>{escape(name)}</div>'


def _table(panel: Panel, found: Sequence[tuple[dict[str, str], float]]) -> str:
    names = list(found[0][0])
    head = "".join(f"<th>{escape(name)}</th>" for name in [*names, "Value"])
    rows = []
    for labels, value in found:
        cells = [labels.get(name, "")[:24] for name in names] + [
            shown(value, panel.unit, panel.decimals)
        ]
        rows.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _chart(panel: Panel, found: Series, width: int, height: int) -> str:
    series = _stacked(found) if panel.stacked else found
    moments = [time for _, points in series for time, _ in points]
    most = _most(panel, [value for _, points in series for _, value in points])
    axes = Axes(min(moments), max(moments), most, width, height)
    drawn = [*_grid(axes, panel), *_thresholds(axes, panel)]
    names = []
    for at, (name, points) in enumerate(series):
        way = " ".join(f"{axes.x(time):.1f},{axes.y(value):.1f}" for time, value in points)
        colour = COLOURS[at % len(COLOURS)]
        drawn.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        names.append(f'<span style="--colour:{colour}">{escape(name)}</span>')
    image = f'<svg width="{width}" height="{height}">{"".join(drawn)}</svg>'
    return f'{image}<div class="legend">{"".join(names)}</div>'


@dataclass(frozen=True)
class Axes:
    """The coordinates of moments and values."""

    start: float
    end: float
    most: float
    width: int
    height: int
    left: int = 66

    @property
    def right(self) -> int:
        return self.width - 6

    def x(self, time: float) -> float:
        return self.left + (time - self.start) / (self.end - self.start) * (self.right - self.left)

    def y(self, value: float) -> float:
        return 4 + (1 - min(value / self.most, 1.02)) * (self.height - 22)

    def line(self, value: float, look: str) -> str:
        return f'<path d="M{self.left} {self.y(value):.1f}H{self.right}" {look}/>'


def _grid(axes: Axes, panel: Panel) -> Iterator[str]:
    for step in range(5):
        value, time = (axes.most * step / 4, axes.start + (axes.end - axes.start) * step / 4)
        yield axes.line(value, 'stroke="#2c2e35"')
        where = f'x="{axes.left - 6}" y="{axes.y(value) + 4:.1f}" text-anchor="end"'
        unit = "short" if panel.unit == "none" else panel.unit
        yield f"<text {where}>{shown(value, unit, None)}</text>"
        clock = "now" if step == 4 else f"-{(axes.end - time) / 60:.0f} min"
        anchor = ("start", "middle", "middle", "middle", "end")[step]
        where = f'x="{axes.x(time):.0f}" y="{axes.height - 2}" text-anchor="{anchor}"'
        yield f"<text {where}>{clock}</text>"


def _thresholds(axes: Axes, panel: Panel) -> Iterator[str]:
    for value, colour in panel.steps[1:]:
        if value <= axes.most:
            look = f'stroke="{NAMED[colour]}" stroke-dasharray="6 5" opacity=".7"'
            yield axes.line(value, look)


def _stacked(found: Series) -> Series:
    total: dict[float, float] = {}
    out: Series = []
    for name, points in found:
        for time, value in points:
            total[time] = total.get(time, 0) + value
        out.append((name, [(time, total[time]) for time, _ in points]))
    return out


def _most(panel: Panel, values: Sequence[float]) -> float:
    """Where the axis ends: at a round number above everything."""
    if panel.most is not None:
        return panel.most
    highest = max(values, default=0) or 1.0
    power: float = 10 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 2, 4, 8, 10, 20) if step * power >= highest)


def shown(value: float, unit: str, decimals: int | None) -> str:
    """A number, about as Grafana shows it."""
    if unit == "percentunit":
        return f"{value * 100:.{0 if decimals is None else decimals}f} %"
    if unit == "s":
        return _time(value)
    if unit == "bytes":
        return _scaled(value, 1024, ("B", "KiB", "MiB", "GiB", "TiB"))
    if unit == "none" and value == int(value):
        return f"{value:.0f}"
    text = _scaled(value, 1000, ("", "K", "Mil", "Bil"))
    return text + {"reqps": " req/s", "cpm": "/min", "ops": " ops/s"}.get(unit, "")


def _time(value: float) -> str:
    for size, name in ((86400 * 7, "weeks"), (86400, "days"), (3600, "hours"), (60, "mins")):
        if value >= 2 * size:
            return f"{value / size:.1f} {name}"
    return f"{value:.3g} s" if value >= 1 or value == 0 else f"{value * 1000:.3g} ms"


def _scaled(value: float, base: int, names: Sequence[str]) -> str:
    at = 0
    while abs(value) >= base and at < len(names) - 1:
        value, at = value / base, at + 1
    return f"{value:.3g} {names[at]}".rstrip()
