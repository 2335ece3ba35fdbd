"""The simulator's scenario, one request at a time; beside it the bare view asked the same way."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from random import Random
from time import perf_counter

from nacl.pwhash import argon2id

from dev.bench import disk, open_loop
from dev.bench.limits import Limits
from dev.bench.routes import Route
from dev.bench.scene import FOLDER, Scene
from dev.progress import bar
from dev.simulator import synthetic
from dev.simulator.actions import REGISTER
from dev.simulator.tally import Tally, percentile
from dev.simulator.wire import CREDENTIALS, Gateway

# The bare view is asked beside each of so many actions.
EVERY = 10
BROWSERS, READING_SECONDS = 32, 1.0
SLICE_SECONDS = 1.0


@dataclass(frozen=True)
class Simulation:
    """Times in seconds. `bare` is the bare view's p50, `hash` a password hash's own.

    `disk` is the longest of writes to the same disk that were made meanwhile.
    """

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
    disk: float


def simulate(scene: Scene, limits: Limits, title: str, names: str) -> Simulation:
    """Run the scenario; `names` makes this run's people differ from those of earlier runs."""
    actions = synthetic.scenario(1, names)
    tally, bare, hashes = Tally(), list[float](), list[float]()
    system = Gateway.at(f"http://127.0.0.1:{scene.port}", CREDENTIALS, 5.0)
    limit = Gateway.at(f"http://127.0.0.1:{limits.port}", CREDENTIALS, 5.0)
    with bar(len(actions), title, "actions") as progress, disk.writes(FOLDER) as writes:
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
        max(writes),
    )


def _hash_seconds(password: str) -> float:
    """How long a password hash takes that is made as users makes it."""
    start = perf_counter()
    argon2id.str(password.encode(), 2, 19 * 1024 * 1024)
    return perf_counter() - start


@dataclass
class Browsing:
    """What the browsers asked for; known once they have ended."""

    requests: int = 0
    errors: int = 0


@contextmanager
def browsers(scene: Scene, pages: list[Route]) -> Iterator[Browsing]:
    """Ask for pages during the block, as BROWSERS people do who read each for READING_SECONDS.

    Requests are sent at random moments, whether or not the last one was answered.
    """
    requests = [request for page in pages for request in page.requests]
    Random(3).shuffle(requests)
    context = multiprocessing.get_context("spawn")
    over, (receiver, sender) = context.Event(), context.Pipe(duplex=False)
    load = context.Process(target=_browse, args=(scene.port, requests, over, sender), daemon=True)
    load.start()
    sender.close()
    seen = Browsing()
    try:
        yield seen
    finally:
        over.set()
        with suppress(EOFError):  # it ended by itself, and has told nothing
            seen.requests, seen.errors = receiver.recv()
        load.join()


def _browse(port: int, requests: list[bytes], over: Event, sender: Connection) -> None:
    sent = errors = 0
    while sent == 0 or not over.is_set():
        start = sent % len(requests)
        in_turn = [*requests[start:], *requests[:start]]
        times = open_loop.run(port, in_turn, BROWSERS / READING_SECONDS, SLICE_SECONDS, seed=sent)
        sent, errors = sent + len(times.seconds), errors + times.errors
    sender.send((sent, errors))
