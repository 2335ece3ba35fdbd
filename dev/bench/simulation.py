"""The simulator's scenario, one request at a time; beside it the bare view asked the same way."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from time import perf_counter

from argon2 import PasswordHasher

from dev.bench import open_loop
from dev.bench.limits import Limits
from dev.bench.routes import Route
from dev.bench.scene import Scene
from dev.progress import bar
from dev.simulator import synthetic
from dev.simulator.actions import REGISTER
from dev.simulator.tally import Tally, percentile
from dev.simulator.wire import Gateway

CREDENTIALS = "simulator:super_safe!"
# The bare view is asked beside each of so many actions.
EVERY = 10
BROWSERS, PAUSE_SECONDS = 32, 1.0
LONGEST = 3_600.0


@dataclass(frozen=True)
class Simulation:
    """Times in seconds. `bare` is the bare view's p50, `hash` a password hash's own."""

    title: str
    requests: int
    errors: int
    p50: float
    p99: float
    longest: float
    register_p50: float
    register_p99: float
    bare: float
    hash: float
    hash_p99: float


def simulate(scene: Scene, limits: Limits, title: str, names: str, share: float) -> Simulation:
    """`names` makes the people of this run others than those of any earlier one."""
    actions = synthetic.scenario(1, names, synthetic.Mix().scaled(share))
    tally, bare, hashes = Tally(), list[float](), list[float]()
    system = Gateway.at(f"http://127.0.0.1:{scene.port}", CREDENTIALS, 5.0)
    limit = Gateway.at(f"http://127.0.0.1:{limits.port}", CREDENTIALS, 5.0)
    with bar(len(actions), title, "actions") as progress:
        for number, action in enumerate(actions):
            tally.record(action, system.perform(action))
            if number % EVERY == 0:
                bare.append(limit.perform(action).seconds)
            if action.kind == REGISTER:
                hashes.append(_hash_seconds(action.password))
            progress.update()
    times = sorted(tally.total.seconds)
    registers = sorted(tally.lines[REGISTER].seconds)
    hashes.sort()
    return Simulation(
        title,
        len(times),
        tally.errors,
        percentile(times, 0.5),
        percentile(times, 0.99),
        times[-1],
        percentile(registers, 0.5),
        percentile(registers, 0.99),
        percentile(sorted(bare), 0.5),
        percentile(hashes, 0.5),
        percentile(hashes, 0.99),
    )


def _hash_seconds(password: str) -> float:
    """As users makes one."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    start = perf_counter()
    hasher.hash(password)
    return perf_counter() - start


@contextmanager
def browsers(scene: Scene, pages: list[Route]) -> Iterator[None]:
    """People beside the simulator: each opens a page, reads for a second, opens the next."""
    requests = [request for page in pages for request in page.requests]
    Random(3).shuffle(requests)
    load = multiprocessing.get_context("spawn").Process(
        target=open_loop.run,
        args=(scene.port, requests, BROWSERS / PAUSE_SECONDS, LONGEST),
        daemon=True,
    )
    load.start()
    try:
        yield
    finally:
        load.terminate()
        load.join()
