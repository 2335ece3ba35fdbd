"""Half a million requests of every kind: does any process grow?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from dev.bench import closed_loop, machine
from dev.bench.closed_loop import Round
from dev.bench.measure import url
from dev.bench.routes import Route
from dev.bench.scene import Scene
from dev.progress import bar

REQUESTS = 500_000
SECONDS = 10
# The share of the requests after which all caches are full.
WARM_UP = 0.2
# How often each route's requests come, relative to all others.
SHARES = {"tweet": 12, "follow": 12, "fllws-name": 8, "msgs-name": 4, "public": 60, "msgs": 2}
DRAWN = 20_000


@dataclass(frozen=True)
class Soak:
    """The most megabytes that each part had in the warm-up and after it, without shared memory.

    The most of several looks, since connections are renewed: a new one has nothing in memory yet.
    """

    before: dict[str, float]
    after: dict[str, float]
    requests: int
    errors: int


@dataclass
class Stretch:
    """Rounds of requests, and the most megabytes that each part had after any of them."""

    rounds: list[Round] = field(default_factory=list)
    most: dict[str, float] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        return sum(each.requests for each in self.rounds)

    @property
    def errors(self) -> int:
        return sum(each.errors for each in self.rounds)

    def add(self, done: Round, megabytes: dict[str, float]) -> None:
        self.rounds.append(done)
        for part, now in megabytes.items():
            self.most[part] = max(now, self.most.get(part, 0.0))


def soak(scene: Scene, routes: Sequence[Route], folder: Path) -> Soak:
    """Send at least REQUESTS after a warm-up, and compare the memory before and after."""
    file = folder / "soak.requests"
    closed_loop.write(file, _shuffled(routes))
    warming = _load(scene, file, int(WARM_UP * REQUESTS), "soak, warm-up")
    loaded = _load(scene, file, REQUESTS, "soak", warming.sent)
    return Soak(warming.most, loaded.most, loaded.sent, warming.errors + loaded.errors)


def _load(scene: Scene, file: Path, total: int, title: str, start: int = 0) -> Stretch:
    """At least `total` requests, from the one at `start` in the file on."""
    stretch = Stretch()
    with bar(total, title, "requests") as progress:
        while stretch.sent < total:
            done = closed_loop.run(url(scene.port), file, SECONDS, start + stretch.sent)
            stretch.add(done, machine.memory_but_buffers(scene.roots))
            progress.update(done.requests)
    return stretch


def _shuffled(routes: Sequence[Route]) -> list[bytes]:
    rng = Random(4)
    weights = [SHARES.get(route.name, 1) for route in routes]
    return [rng.choice(route.requests) for route in rng.choices(routes, weights, k=DRAWN)]
