"""What is required of the system, and whether it was met in this run."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from dev.bench.measure import Result
from dev.bench.simulation import Browsing, Simulation
from dev.bench.soak import Soak

Results = Mapping[str, Result]
LEAST = {"msgs": 0.5, "msgs-name": 0.5, "fllws-name": 0.5, "user": 0.2, "home-200": 0.15}
LEAST_WRITES = {"tweet": 0.5, "follow": 0.5}
LEAST_PUBLIC, MOST_GROWTH, MOST_HOME = 0.5, 1.2, 3.0
MOST_BARE, MOST_SECONDS, MOST_HASH = 10.0, 0.15, 1.5
MOST_MEGABYTES, MOST_SWELLING = 500.0, 1.1


@dataclass(frozen=True)
class Bar:
    what: str
    measured: float
    required: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.measured >= self.required if self.at_least else self.measured <= self.required


def of_errors(worlds: Iterable[Results]) -> Bar:
    errors = sum(each.errors for world in worlds for each in world.values())
    return Bar("Errors of all routes", errors, 0)


def of_growth(small: Results, large: Results) -> Iterator[Bar]:
    """The worst route of each kind."""
    measures = {"CPU time": _grown_cpu, "p50": _grown_p50}
    for what, measure in measures.items():
        grown = {name: measure(small[name], large[name]) for name in small.keys() & large}
        worst = max(grown, key=lambda name: grown[name])
        title = f"Growth of {what}, smallest to largest world, worst route ({worst})"
        yield Bar(title, grown[worst], MOST_GROWTH)


def _grown_cpu(small: Result, large: Result) -> float:
    return sum(large.cpu.values()) / sum(small.cpu.values())


def _grown_p50(small: Result, large: Result) -> float:
    """The median of the turns' own: in each turn, both worlds were measured one after the other."""
    return median(after / before for before, after in zip(small.p50s, large.p50s, strict=True))


def of_routes(results: Results) -> Iterator[Bar]:
    for name, least in (LEAST | LEAST_WRITES).items():
        if name in results:
            title = f"{results[name].title}: share of the bare view's throughput"
            yield Bar(title, results[name].ratio, least, at_least=True)
    if "public" in results:
        title = "Public page, anonymous: share of a static file's throughput"
        yield Bar(title, results["public"].static_ratio, LEAST_PUBLIC, at_least=True)
    homes = [each for name, each in results.items() if name.startswith("home-")]
    if len(homes) > 1:
        costs = [sum(each.cpu.values()) for each in homes]
        yield Bar("Home pages: CPU time, dearest to cheapest", max(costs) / min(costs), MOST_HOME)
        times = [each.p50 for each in homes]
        yield Bar("Home pages: p50, slowest to quickest", max(times) / min(times), MOST_HOME)


def of_simulation(done: Simulation) -> Iterator[Bar]:
    yield Bar(f"{done.title}: p99, in p50s of the bare view", done.p99 / done.bare, MOST_BARE)
    yield Bar(f"{done.title}: longest answer, ms", 1000 * done.longest, 1000 * MOST_SECONDS)
    share = done.register_p99 / done.hash
    yield Bar(f"{done.title}: register's p99, in hashes", share, MOST_HASH)
    yield Bar(f"{done.title}: errors", done.errors, 0)


def of_browsing(seen: Browsing) -> Bar:
    """A process that asked for nothing has no errors, and proves nothing."""
    what = f"The 32 browsers: errors in {seen.requests:,} pages"
    return Bar(what, seen.errors if seen.requests else math.inf, 0)


def of_memory(idle: Mapping[str, float], soak: Soak | None) -> Iterator[Bar]:
    yield Bar("Memory of all parts, idle, MB", sum(idle.values()), MOST_MEGABYTES)
    if soak is None:
        return
    swollen = {part: soak.after[part] / soak.before[part] for part in soak.before}
    worst = max(swollen, key=lambda part: swollen[part])
    title = f"Growth of memory in {soak.requests:,} requests, worst part ({worst})"
    yield Bar(title, swollen[worst], MOST_SWELLING)
    yield Bar(f"Errors in {soak.requests:,} requests", soak.errors, 0)
