"""What is gone or hangs is asked again now and then, not by every request."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from chassis import breaker as breaker_module
from chassis.breaker import Breaker
from chassis.connections import Pending, Reply, Request
from chassis.database import guard
from chassis.http_client import MOST_IN_VAIN, Provider, Unavailable
from chassis.testing import growth, series

LONG = 3600.0
NOWHERE = "postgresql+psycopg2://ada:secret@127.0.0.1:1/nothing"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(breaker_module, "monotonic", lambda: clock.now)
    return clock


def test_as_long_as_attempts_work_any_number_may_be_made() -> None:
    breaker = Breaker()
    assert all(breaker.permits() for _ in range(3))
    breaker.worked()
    assert all(breaker.permits() for _ in range(3))


def test_after_a_failure_one_may_try_when_a_pause_is_over(clock: SimpleNamespace) -> None:
    breaker = Breaker(pause=1.0, longest=3.0)
    breaker.failed(begun=clock.now - 2)
    assert not breaker.permits()
    clock.now += 1
    assert [breaker.permits() for _ in range(3)] == [True, False, False]
    breaker.failed(begun=clock.now)
    clock.now += 0.9
    assert not breaker.permits()
    clock.now += 0.1
    assert breaker.permits()
    breaker.worked()
    assert all(breaker.permits() for _ in range(3))


def test_who_tries_and_never_tells_is_not_waited_for_for_ever(clock: SimpleNamespace) -> None:
    breaker = Breaker(pause=1.0, longest=3.0)
    breaker.failed(begun=clock.now)
    clock.now += 1
    assert breaker.permits()
    clock.now += 2.9
    assert not breaker.permits()
    clock.now += 0.1
    assert [breaker.permits() for _ in range(2)] == [True, False]


def test_a_failure_counts_unless_another_attempt_has_worked_meanwhile(
    clock: SimpleNamespace,
) -> None:
    breaker = Breaker(most=2)
    for _ in range(3):
        begun = clock.now
        clock.now += 1
        breaker.worked()
        breaker.failed(begun)
    breaker.failed(begun=clock.now + 1)
    assert breaker.permits()
    breaker.failed(begun=clock.now + 1)
    assert not breaker.permits()


def test_only_failures_in_a_row_count(clock: SimpleNamespace) -> None:
    breaker = Breaker(most=2)
    for _ in range(3):
        clock.now += 1
        breaker.failed(begun=clock.now)
        breaker.worked()
    assert breaker.permits()


def guarded(url: str, breaker: Breaker) -> Engine:
    engine = create_engine(url, poolclass=NullPool)
    guard(engine, breaker)
    return engine


def ask(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT 1")).scalar_one())


def test_who_comes_after_a_failed_attempt_to_connect_is_told_at_once() -> None:
    engine = guarded(NOWHERE, Breaker(pause=LONG))
    with pytest.raises(OperationalError, match="refused"):
        ask(engine)
    for _ in range(3):
        with pytest.raises(OperationalError, match="a moment ago"):
            ask(engine)


def test_a_database_that_came_back_is_used_as_before(urls: Any) -> None:
    breaker = Breaker(pause=0.0)
    gone, back = guarded(NOWHERE, breaker), guarded(urls.service_url, breaker)
    for _ in range(3):
        with pytest.raises(OperationalError, match="refused"):
            ask(gone)
    assert [ask(back) for _ in range(3)] == [1, 1, 1]


class Far:
    """Another service that hangs as long as `fault` is a time-out; it counts what it is asked."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.asked = 0

    def __call__(self, _: Request) -> Pending[Reply]:
        self.asked += 1

        def reply() -> Reply:
            if self.fault is not None:
                raise self.fault
            return Reply(200, b"{}")

        return reply


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def call(far: Far) -> Iterator[Callable[[], int]]:
    provider = Provider("far", "http://far")
    provider.transport = far

    def call() -> int:
        return provider.call("GET", "/").status

    return call


def fail_often(call: Callable[[], int], times: int = MOST_IN_VAIN) -> None:
    for _ in range(times):
        with pytest.raises(Unavailable, match="Error"):
            call()


def test_a_service_that_hangs_is_asked_by_one_at_a_time(
    app: Flask, far: Far, call: Callable[[], int], clock: SimpleNamespace
) -> None:
    far.fault = TimeoutError()
    before = series(app.test_client())
    fail_often(call)
    for _ in range(3):
        with pytest.raises(Unavailable, match="did not answer a moment ago"):
            call()
    assert far.asked == MOST_IN_VAIN
    grown = growth(app.test_client(), before)
    assert grown['minitwit_provider_call_seconds_count{outcome="given-up",provider="far"}'] == 3
    far.fault = None
    clock.now += breaker_module.PAUSE_SECONDS
    assert [call(), call()] == [200, 200]


def test_a_service_that_answers_some_is_asked_by_all(
    far: Far, call: Callable[[], int], clock: SimpleNamespace
) -> None:
    for _ in range(3):
        far.fault = TimeoutError()
        fail_often(call, MOST_IN_VAIN - 1)
        far.fault = None
        assert call() == 200


def test_a_service_that_refuses_says_so_itself_each_time(far: Far, call: Callable[[], int]) -> None:
    far.fault = ConnectionRefusedError()
    fail_often(call, 2 * MOST_IN_VAIN)
    assert far.asked == 2 * MOST_IN_VAIN
