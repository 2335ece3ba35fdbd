"""Half a million requests of every kind: does any process grow?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dev.bench import closed_loop, machine
from dev.bench.measure import url
from dev.bench.routes import Route
from dev.bench.scene import Scene
from dev.progress import bar

REQUESTS = 500_000
WARM_UP_SECONDS, SECONDS = 15, 10
# How often each route's requests come; the others once.
SHARES = {"tweet": 12, "follow": 12, "fllws-name": 8, "msgs-name": 4, "public": 60, "msgs": 2}
DRAWN = 20_000


@dataclass(frozen=True)
class Soak:
    """Megabytes of each part before and after."""

    before: dict[str, float]
    after: dict[str, float]
    requests: int
    errors: int


def soak(scene: Scene, routes: Sequence[Route], folder: Path, total: int = REQUESTS) -> Soak:
    file = folder / "soak.requests"
    closed_loop.write(file, _shuffled(routes))
    rounds = [closed_loop.run(url(scene.port), file, WARM_UP_SECONDS)]
    before = machine.memory(scene.roots)
    with bar(total, "soak", "requests") as progress:
        while (sent := sum(each.requests for each in rounds)) < total:
            rounds.append(closed_loop.run(url(scene.port), file, SECONDS, sent))
            progress.update(rounds[-1].requests)
    errors = sum(each.errors for each in rounds)
    return Soak(before, machine.memory(scene.roots), sent, errors)


def _shuffled(routes: Sequence[Route]) -> list[bytes]:
    rng = Random(4)
    weights = [SHARES.get(route.name, 1) for route in routes]
    return [rng.choice(route.requests) for route in rng.choices(routes, weights, k=DRAWN)]
