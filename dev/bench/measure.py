"""Measures a route in each world, and its limit, in turns: what disturbs one disturbs all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from statistics import median

from dev.bench import closed_loop, machine, open_loop
from dev.bench.limits import STATIC, Limits
from dev.bench.open_loop import Times
from dev.bench.routes import Route, raw
from dev.bench.scene import Scene
from dev.trouble import Trouble

TURNS, SECONDS = 4, 1
OPEN_TURNS, OPEN_SECONDS = 14, 0.6


@dataclass(frozen=True)
class Result:
    """Rates per second; times in seconds; CPU seconds per request by part.

    `ratio` is the share of the bare view's throughput, `static_ratio` of the static file's; each
    is the median of the turns'. `p50s` are the turns' own, in their order.
    """

    route: str
    title: str
    rate: float
    ratio: float
    static_ratio: float
    p50: float
    p50s: Sequence[float]
    p99: float
    cpu: dict[str, float]
    errors: int


def measure(
    scenes: Mapping[str, Scene], limits: Limits, routes: Mapping[str, Route], folder: Path
) -> dict[str, Result]:
    """Measure a route; results by world size. Trouble if it does not answer as it should."""
    tried = {
        size: _Tried(scenes[size], route, folder / f"{size}.requests")
        for size, route in routes.items()
    }
    bare = _Limit(limits, "/", folder / "bare.requests")
    static = _Limit(limits, STATIC, folder / "static.requests")
    limited = [bare, static] if "public" in _names(routes) else [bare]
    taking_turns: list[_Limit | _Tried] = [*limited, *tried.values()]
    for each in tried.values():
        each.begin()
    for _, one in product(range(TURNS), taking_turns):
        one.take_turn()
    rate = min(each.rate() for each in tried.values()) / 2
    for turn, each in product(range(OPEN_TURNS), tried.values()):
        each.wait_and_see(rate, turn)
    return {size: each.result(bare.rates, static.rates) for size, each in tried.items()}


def _names(routes: Mapping[str, Route]) -> set[str]:
    return {route.name for route in routes.values()}


class _Limit:
    def __init__(self, limits: Limits, path: str, file: Path) -> None:
        self.rates: list[float] = []
        self._port, self._file = limits.port, file
        closed_loop.write(file, [raw("GET", path)])

    def take_turn(self) -> None:
        self.rates.append(closed_loop.run(url(self._port), self._file, SECONDS).rate)


@dataclass
class _Tried:
    """One route in one world: what its turns have shown so far."""

    scene: Scene
    route: Route
    file: Path
    rounds: list[closed_loop.Round] = field(default_factory=list)
    times: list[Times] = field(default_factory=list)
    used: dict[str, float] = field(default_factory=dict)

    def begin(self) -> None:
        status, body, _ = self.scene.ask(self.route.requests[0])
        if status != self.route.status:
            raise Trouble(f"{self.route.title} answered {status}: {body[:200]!r}")
        closed_loop.write(self.file, self.route.requests)
        closed_loop.run(url(self.scene.port), self.file, SECONDS)

    def take_turn(self) -> None:
        """Send as many requests as it can take; note their rate and the CPU time they take."""
        before = machine.cpu(self.scene.roots)
        self.rounds.append(closed_loop.run(url(self.scene.port), self.file, SECONDS, self._sent()))
        for part, seconds in machine.cpu(self.scene.roots).items():
            self.used[part] = self.used.get(part, 0.0) + seconds - before[part]

    def wait_and_see(self, rate: float, turn: int) -> None:
        """Send requests at this rate, per second; note how long each takes."""
        self.times.append(
            open_loop.run(self.scene.port, self.route.requests, rate, OPEN_SECONDS, turn)
        )

    def rate(self) -> float:
        return median(each.rate for each in self.rounds)

    def result(self, bare: Sequence[float], static: Sequence[float]) -> Result:
        times = open_loop.together(self.times)
        return Result(
            self.route.name,
            self.route.title,
            self.rate(),
            self._share_of(bare),
            self._share_of(static) if static else 0.0,
            times.percentile(0.5),
            [each.percentile(0.5) for each in self.times],
            times.percentile(0.99),
            {part: seconds / self._sent() for part, seconds in self.used.items()},
            times.errors + sum(each.errors for each in self.rounds),
        )

    def _share_of(self, rates: Sequence[float]) -> float:
        pairs = zip(self.rounds, rates, strict=True)
        return median(each.rate / rate for each, rate in pairs)

    def _sent(self) -> int:
        return sum(each.requests for each in self.rounds)


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"
