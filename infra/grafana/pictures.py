"""`make pictures`: docs/dashboards/*.png, a rendering of every panel's queries.

They show a system that is started for this and watched while people and a simulator use it for
some minutes, at five times the pace: a query that looks back five minutes looks back one here.
"""

import sys
import time
from functools import partial
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory
from typing import Any

from dev import seed
from dev.screenshots import OWN_STATE, chromium, started
from dev.system import exit_status
from infra.grafana import drawing
from infra.grafana.build import BOARDS
from infra.grafana.panels import Panel, Query
from infra.prometheus.local import quicker
from infra.prometheus.watch import Wanted, Watch, watching

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "dashboards"
PACE, MINUTES, STEP = 5, 5.0, 5


def main() -> int:
    return exit_status(take)


def take() -> None:
    PICTURES.mkdir(exist_ok=True)
    with (
        started(OWN_STATE) as system,
        TemporaryDirectory() as name,
        watching(system, Path(name), Wanted(pace=PACE)) as watch,
    ):
        load(system)
        draw_all(watch)


def load(system: dict[str, Any]) -> None:
    """Load a demo world, then run the simulator's actions, for as long as the pictures show."""
    began = time.monotonic()
    seed.seed_running(system)
    command = [sys.executable, "-m", "dev.simulate", "--url", system["url"]]
    while (left := MINUTES * 60 - (time.monotonic() - began)) > 0:
        simulator = Popen(command, cwd=ROOT)
        try:
            simulator.wait(left)
        except Exception:
            simulator.terminate()
            simulator.wait()


def draw_all(watch: Watch) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": drawing.WIDTH + 32, "height": 800})
        for board in BOARDS:
            page.set_content(drawing.page(board, partial(answers, watch)))
            file = PICTURES / f"{board.name}.png"
            page.screenshot(path=file, full_page=True)
            print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1024} KB", flush=True)


def answers(watch: Watch, panel: Panel) -> Any:
    """What a panel's queries give: series of points, or the newest samples."""
    if panel.kind == "table":
        found = watch.query(asked(panel.queries[0]))
        return [(each["metric"], float(each["value"][1])) for each in found]
    if panel.kind == "stat":
        return [
            (named(query, each["metric"]), float(each["value"][1]))
            for query in panel.queries
            for each in watch.query(asked(query))
        ]
    return [line for query in panel.queries for line in lines(watch, query)]


def lines(watch: Watch, query: Query) -> drawing.Series:
    end = time.time()
    span = {"start": str(end - MINUTES * 60), "end": str(end), "step": str(STEP)}
    found = watch.ask("query_range", query=asked(query), **span)["result"]
    return [
        (
            named(query, each["metric"]),
            [(moment, float(value)) for moment, value in each["values"] if value != "NaN"],
        )
        for each in found
    ]


def asked(query: Query) -> str:
    """A query with its variables filled in as by Grafana, at the watch's pace."""
    text = query.expression.replace("$service", ".*").replace("$__rate_interval", "5m")
    return str(quicker({"expr": text}, PACE)["expr"])


def named(query: Query, labels: dict[str, str]) -> str:
    text = query.legend
    for name, value in labels.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text


if __name__ == "__main__":
    sys.exit(main())
