"""One route against its limit: the two take turns, so that what disturbs one disturbs both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from dev.bench import closed_loop, machine, open_loop
from dev.bench.limits import STATIC, Limits
from dev.bench.routes import Route, raw
from dev.bench.scene import Scene
from dev.trouble import Trouble

TURNS, SECONDS, OPEN_SECONDS, WARM_UP = 2, 2, 3, 1


@dataclass(frozen=True)
class Result:
    """Rates per second; times in seconds; CPU seconds per request by part."""

    route: str
    title: str
    rate: float
    bare_rate: float
    static_rate: float
    p50: float
    p99: float
    cpu: dict[str, float]
    errors: int

    @property
    def ratio(self) -> float:
        """The share of the bare view's throughput."""
        return self.rate / self.bare_rate

    @property
    def static_ratio(self) -> float:
        return self.rate / self.static_rate if self.static_rate else 0.0


def measure(scene: Scene, limits: Limits, route: Route, folder: Path) -> Result:
    """Trouble when the route does not answer as it should."""
    status, body, _ = scene.ask(route.requests[0])
    if status != route.status:
        raise Trouble(f"{route.title} answered {status}: {body[:200]!r}")
    own, bare, static = (folder / f"{name}.requests" for name in ("own", "bare", "static"))
    closed_loop.write(own, route.requests)
    closed_loop.write(bare, [raw("GET", "/")])
    closed_loop.write(static, [raw("GET", STATIC)])
    closed_loop.run(url(scene.port), own, WARM_UP)
    rounds: list[closed_loop.Round] = []
    used = dict.fromkeys(scene.roots, 0.0)

    def turn() -> closed_loop.Round:
        before, sent = machine.cpu(scene.roots), sum(each.requests for each in rounds)
        rounds.append(closed_loop.run(url(scene.port), own, SECONDS, sent))
        for part, seconds in machine.cpu(scene.roots).items():
            used[part] += seconds - before[part]
        return rounds[-1]

    turns = [turn, lambda: closed_loop.run(url(limits.port), bare, SECONDS)]
    if route.name == "public":
        turns.append(lambda: closed_loop.run(url(limits.port), static, SECONDS))
    rates = _rates(turns)
    times = open_loop.run(scene.port, route.requests, rates[0] / 2, OPEN_SECONDS)
    total = sum(each.requests for each in rounds)
    return Result(
        route.name,
        route.title,
        rates[0],
        rates[1],
        rates[2] if len(rates) > 2 else 0.0,
        times.percentile(0.5),
        times.percentile(0.99),
        {part: seconds / total for part, seconds in used.items()},
        times.errors + sum(each.errors for each in rounds),
    )


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _rates(turns: Sequence[Callable[[], closed_loop.Round]]) -> list[float]:
    rates: list[list[float]] = [[] for _ in turns]
    for _ in range(TURNS):
        for each, kept in zip(turns, rates, strict=True):
            kept.append(each().rate)
    return [median(each) for each in rates]
