"""Half a million requests of every kind: does any process grow?"""

from collections.abc import Sequence
from dataclasses import dataclass
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
# Of the requests: by then what is kept in memory has been filled.
WARM_UP = 0.2
# How often each route's requests come; the others once.
SHARES = {"tweet": 12, "follow": 12, "fllws-name": 8, "msgs-name": 4, "public": 60, "msgs": 2}
DRAWN = 20_000


@dataclass(frozen=True)
class Soak:
    """Megabytes of each part before and after, but for Postgres's shared buffers."""

    before: dict[str, float]
    after: dict[str, float]
    requests: int
    errors: int


def soak(scene: Scene, routes: Sequence[Route], folder: Path, total: int = REQUESTS) -> Soak:
    """At least `total` requests, after those of the warm-up."""
    file = folder / "soak.requests"
    closed_loop.write(file, _shuffled(routes))
    warming = _load(scene, file, int(WARM_UP * total), "soak, warm-up")
    before = machine.memory_but_buffers(scene.roots)
    rounds = _load(scene, file, total, "soak", _sent(warming))
    after = machine.memory_but_buffers(scene.roots)
    errors = sum(each.errors for each in warming + rounds)
    return Soak(before, after, _sent(rounds), errors)


def _load(scene: Scene, file: Path, total: int, title: str, start: int = 0) -> list[Round]:
    """Rounds of `total` requests together, from the one at `start` on."""
    rounds: list[Round] = []
    with bar(total, title, "requests") as progress:
        while (sent := _sent(rounds)) < total:
            rounds.append(closed_loop.run(url(scene.port), file, SECONDS, start + sent))
            progress.update(rounds[-1].requests)
    return rounds


def _sent(rounds: Sequence[Round]) -> int:
    return sum(each.requests for each in rounds)


def _shuffled(routes: Sequence[Route]) -> list[bytes]:
    rng = Random(4)
    weights = [SHARES.get(route.name, 1) for route in routes]
    return [rng.choice(route.requests) for route in rng.choices(routes, weights, k=DRAWN)]
