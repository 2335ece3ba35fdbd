"""`make bench`: measure all routes, the simulator and the memory; `ROUTE=…` one route alone.

SIZE names worlds, the smallest first (`10k,10m`). A whole run on the standard sizes is written to
docs/performance.md, with its pictures.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from dev.bench import bars, closed_loop, limits, machine, plots, report, routes, scene
from dev.bench.limits import Limits
from dev.bench.measure import Result, measure
from dev.bench.routes import Route
from dev.bench.scene import Scene
from dev.bench.simulation import browsers, simulate
from dev.bench.soak import soak
from dev.bench.statements import rate_alone
from dev.progress import bar
from dev.system import exit_status
from dev.trouble import Trouble
from dev.world.size import named

SIZES = "10k,10m"
# Their statements are few enough to be tried alone.
ALONE = ("msgs", "msgs-name", "fllws-name", "tweet", "follow")
# In the smallest world all of these would follow the same people.
LARGE_ONLY = ("home-15", "home-1000", "home-5000")
PAGES = ("public", "public-signed-in", "user", "user-signed-in", "home-200")


def main() -> int:
    return exit_status(bench)


def bench() -> None:
    start = perf_counter()
    sizes = (os.environ.get("SIZE") or SIZES).split(",")
    only = os.environ.get("ROUTE") or ""
    _check(sizes, only)
    closed_loop.require()
    folder = scene.FOLDER.absolute()
    folder.mkdir(exist_ok=True)
    made = report.Report()
    with ExitStack() as open_:
        scenes = {size: open_.enter_context(scene.scene(size)) for size in sizes}
        largest = scenes[sizes[-1]]
        made.idle = machine.memory(largest.roots)
        page = largest.ask(routes.raw("GET", "/public"))[1]
        limit = open_.enter_context(limits.started(folder / "limits", page))
        chosen = _chosen(scenes, only)
        made.results = _measured(scenes, limit, chosen, folder)
        in_largest = [each[sizes[-1]] for each in chosen.values()]
        _largest(made, largest, limit, in_largest, folder, only)
    made.bars = list(_bars(made))
    made.seconds = perf_counter() - start
    print("\n".join(report.sections(made)))
    if not only and ",".join(sizes) == SIZES:
        report.write(made)
        plots.draw(made, report.DOCUMENT.with_suffix(""))


def _check(sizes: Sequence[str], only: str) -> None:
    """Check SIZE and ROUTE before any world is loaded, which takes a while."""
    for each in sizes:
        named(each)
    names = [route.name for route in routes.known(routes.ANYBODY)]
    if only and only not in names:
        raise Trouble(f"ROUTE={only} is no route; it is one of {', '.join(names)}.")


def _chosen(scenes: Mapping[str, Scene], only: str) -> dict[str, dict[str, Route]]:
    """The routes to measure, by name, then by size."""
    chosen: dict[str, dict[str, Route]] = {}
    casts = routes.evened({size: each.cast for size, each in scenes.items()})
    for size, cast in reversed(list(casts.items())):
        is_largest = not chosen
        for route in routes.known(cast):
            if _is_wanted(route.name, only, is_largest):
                chosen.setdefault(route.name, {})[size] = route
    return chosen


def _is_wanted(name: str, only: str, is_largest: bool) -> bool:
    return name == only if only else is_largest or name not in LARGE_ONLY


def _measured(
    scenes: Mapping[str, Scene],
    limit: Limits,
    chosen: Mapping[str, Mapping[str, Route]],
    folder: Path,
) -> dict[str, dict[str, Result]]:
    """Measure the routes; returns results by size, then by route."""
    results: dict[str, dict[str, Result]] = {size: {} for size in scenes}
    with bar(len(chosen), "Measuring", "routes") as progress:
        for name, tried in chosen.items():
            progress.set_postfix_str(name)
            for size, result in measure(scenes, limit, tried, folder).items():
                results[size][name] = result
            progress.update()
    return results


def _largest(
    made: report.Report,
    running: Scene,
    limit: Limits,
    chosen: Sequence[Route],
    folder: Path,
    only: str,
) -> None:
    """Measure what is only measured in the largest world."""
    for route in chosen:
        if route.name in ALONE:
            made.statements[route.name] = rate_alone(running, route, folder)
    if only:
        return
    run = f"run {os.getpid()}"
    made.simulations.append(simulate(running, limit, "The simulator alone", f"{run} a"))
    with browsers(running, [route for route in chosen if route.name in PAGES]) as made.browsing:
        title = "The simulator beside 32 browsers"
        made.simulations.append(simulate(running, limit, title, f"{run} b"))
    made.soak = soak(running, chosen, folder)


def _bars(made: report.Report) -> list[bars.Bar]:
    worlds = list(made.results.values())
    found = [bars.of_errors(worlds)]
    if len(worlds) > 1:
        found += bars.of_growth(worlds[0], worlds[-1])
    found += bars.of_routes(worlds[-1])
    for done in made.simulations:
        found += bars.of_simulation(done)
    if made.simulations:
        found.append(bars.of_browsing(made.browsing))
    return [*found, *bars.of_memory(made.idle, made.soak)]


if __name__ == "__main__":
    sys.exit(main())
