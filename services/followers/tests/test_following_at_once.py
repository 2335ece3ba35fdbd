"""People who follow and unfollow each other at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from chassis import statements
from chassis.statements import Run
from chassis.testing import waiting
from followers import following, listing
from followers.config import Config
from followers.listing import Numbers
from followers.models import run
from followers.people import Person
from tests.system import PATIENCE, eventually

Verb = Callable[[Run, Person, Person], None]
ADA, BOB = Person(1, "ada"), Person(2, "bob")


@pytest.fixture
def patient(config: Config) -> Iterator[Engine]:
    """Connections without the service's timeouts: what waits for a lock waits until it is free."""
    engine = create_engine(config.database_url)
    yield engine
    engine.dispose()


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("pair", [(ADA, BOB), (BOB, ADA)])
@pytest.mark.parametrize("verb", [following.follow, following.unfollow])
def test_concurrent_mutual_changes_cannot_deadlock(
    patient: Engine, verb: Verb, pair: tuple[Person, Person]
) -> None:
    following.follow(run, ADA, BOB)
    following.follow(run, BOB, ADA)
    if verb is following.follow:
        following.unfollow(run, ADA, BOB)
        following.unfollow(run, BOB, ADA)

    def change(one: Person, other: Person) -> None:
        verb(partial(statements.run, patient), one, other)

    with ThreadPoolExecutor(2) as threads, patient.connect() as watch, patient.connect() as holder:
        holder.execute(text("SELECT 1 FROM followers.counts WHERE account_id = 1 FOR UPDATE"))
        first = threads.submit(change, *pair)
        eventually(lambda: waiting(watch) == 1)
        second = threads.submit(change, *pair[::-1])
        eventually(lambda: waiting(watch) == 2)
        holder.rollback()
        first.result(PATIENCE)
        second.result(PATIENCE)
    each = Numbers(1, 1) if verb is following.follow else Numbers(0, 0)
    assert listing.counts(run, 1) == listing.counts(run, 2) == each


def test_counts_are_right_after_many_crossing_changes(app: Flask) -> None:
    pairs = [(ADA, BOB), (BOB, ADA), (ADA, BOB), (BOB, ADA)]
    barrier = Barrier(len(pairs))

    def change(pair: tuple[Person, Person]) -> None:
        with app.app_context():
            for _ in range(40):
                barrier.wait(PATIENCE)
                following.follow(run, *pair)
                following.unfollow(run, *pair)
            following.follow(run, *pair)

    with ThreadPoolExecutor(len(pairs)) as threads:
        list(threads.map(change, pairs))
    with app.app_context():
        assert [listing.counts(run, each.id) for each in (ADA, BOB)] == [Numbers(1, 1)] * 2
        assert listing.followee_ids(run, ADA.id) == f"[{BOB.id}]"
