"""A service that is down or hangs is tried again now and then, not by every request."""

import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from chassis import breaker as breaker_module
from chassis import http_client
from chassis.breaker import Breaker
from chassis.connections import Pending, Reply, Request
from chassis.database import guard
from chassis.http_client import CONNECT_SECONDS, MOST_IN_VAIN, READ_SECONDS, Provider, Unavailable
from chassis.testing import growth, series

LONG = 3600.0
NOWHERE = "postgresql+psycopg2://ada:secret@127.0.0.1:1/nothing"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=100.0)
    for module in (breaker_module, http_client):
        monkeypatch.setattr(module, "monotonic", lambda: clock.now)
    return clock


def test_any_number_of_attempts_is_allowed_while_they_succeed() -> None:
    breaker = Breaker()
    assert all(breaker.allows() for _ in range(3))
    breaker.record_success()
    assert all(breaker.allows() for _ in range(3))


def test_one_attempt_is_allowed_after_a_failure_and_a_pause(clock: SimpleNamespace) -> None:
    breaker = Breaker(reset_seconds=1.0, trial_seconds=3.0)
    breaker.record_failure(begun=clock.now - 2)
    assert not breaker.allows()
    clock.now += 1
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    breaker.record_failure(begun=clock.now)
    clock.now += 0.9
    assert not breaker.allows()
    clock.now += 0.1
    assert breaker.allows()
    breaker.record_success()
    assert all(breaker.allows() for _ in range(3))


def test_a_trial_attempt_that_never_reports_back_is_given_up(clock: SimpleNamespace) -> None:
    breaker = Breaker(reset_seconds=1.0, trial_seconds=3.0)
    breaker.record_failure(begun=clock.now)
    clock.now += 1
    assert breaker.allows()
    clock.now += 2.9
    assert not breaker.allows()
    clock.now += 0.1
    assert [breaker.allows() for _ in range(2)] == [True, False]


def test_a_failure_is_ignored_if_another_attempt_succeeded_after_it_began(
    clock: SimpleNamespace,
) -> None:
    breaker = Breaker(threshold=2)
    for _ in range(3):
        begun = clock.now
        clock.now += 1
        breaker.record_success()
        breaker.record_failure(begun)
    breaker.record_failure(begun=clock.now + 1)
    assert breaker.allows()
    breaker.record_failure(begun=clock.now + 1)
    assert not breaker.allows()


def test_only_failures_in_a_row_count(clock: SimpleNamespace) -> None:
    breaker = Breaker(threshold=2)
    for _ in range(3):
        clock.now += 1
        breaker.record_failure(begun=clock.now)
        breaker.record_success()
    assert breaker.allows()


def guarded(url: str, breaker: Breaker) -> Engine:
    engine = create_engine(url, poolclass=NullPool)
    guard(engine, breaker)
    return engine


def ask(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT 1")).scalar_one())


def test_after_a_failed_connection_attempt_callers_fail_at_once() -> None:
    engine = guarded(NOWHERE, Breaker(reset_seconds=LONG))
    with pytest.raises(OperationalError, match="refused"):
        ask(engine)
    for _ in range(3):
        with pytest.raises(OperationalError, match="a moment ago"):
            ask(engine)


def test_a_database_that_came_back_is_used_as_before(urls: Any) -> None:
    breaker = Breaker(reset_seconds=0.0)
    gone, back = guarded(NOWHERE, breaker), guarded(urls.service_url, breaker)
    for _ in range(3):
        with pytest.raises(OperationalError, match="refused"):
            ask(gone)
    assert [ask(back) for _ in range(3)] == [1, 1, 1]


class Far:
    """Another service: what it is asked goes wrong as `fault` says when the answer is read."""

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
def provider(far: Far) -> Provider:
    provider = Provider("far", "http://far")
    provider.transport = far
    return provider


def fail(*calls: Callable[[], Any]) -> None:
    for call in calls:
        with pytest.raises(Unavailable, match=r"far: .*(Error|gaierror)"):
            call()


def fail_often(provider: Provider, times: int = MOST_IN_VAIN) -> None:
    fail(*[lambda: provider.call("GET", "/")] * times)


def is_given_up(provider: Provider) -> bool:
    try:
        provider.call("GET", "/")
    except Unavailable as unavailable:
        return "did not answer a moment ago" in str(unavailable)
    return False


def test_the_time_limits_keep_trials_apart_and_recovery_within_seconds() -> None:
    assert CONNECT_SECONDS + READ_SECONDS < breaker_module.TRIAL_SECONDS < 5
    assert breaker_module.RESET_SECONDS < 2
    assert MOST_IN_VAIN < 8  # the threads of a service


@pytest.mark.parametrize("silence", [TimeoutError(), socket.gaierror(socket.EAI_AGAIN, "")])
def test_a_hanging_service_gets_one_request_at_a_time(
    app: Flask, far: Far, provider: Provider, clock: SimpleNamespace, silence: Exception
) -> None:
    far.fault = silence
    before = series(app.test_client())
    fail_often(provider)
    assert all(is_given_up(provider) for _ in range(3))
    assert far.asked == MOST_IN_VAIN
    grown = growth(app.test_client(), before)
    assert grown['minitwit_provider_call_seconds_count{outcome="given-up",provider="far"}'] == 3
    far.fault = None
    clock.now += breaker_module.RESET_SECONDS
    assert [provider.call("GET", "/").status for _ in range(3)] == [200] * 3


def test_a_service_restarted_after_hanging_gets_every_request_again(
    far: Far, provider: Provider, clock: SimpleNamespace
) -> None:
    """While it starts it refuses the one who tries, or closes what was under way."""
    far.fault = TimeoutError()
    fail_often(provider)
    clock.now += breaker_module.RESET_SECONDS
    far.fault = ConnectionRefusedError()
    fail_often(provider, 1)
    far.fault = None
    assert provider.call("GET", "/").status == 200


def test_a_service_that_still_answers_some_requests_gets_them_all(
    far: Far, provider: Provider, clock: SimpleNamespace
) -> None:
    """As when one of two replicas hangs."""
    pending = [provider.begin("GET", "/") for _ in range(2 * MOST_IN_VAIN)]
    clock.now += 1
    assert provider.call("GET", "/").status == 200
    far.fault = TimeoutError()
    fail(*pending)
    fail_often(provider, MOST_IN_VAIN - 1)
    assert not is_given_up(provider)


def test_a_service_that_refuses_says_so_itself_each_time(far: Far, provider: Provider) -> None:
    far.fault = ConnectionRefusedError()
    fail_often(provider, 2 * MOST_IN_VAIN)
    assert far.asked == 2 * MOST_IN_VAIN
