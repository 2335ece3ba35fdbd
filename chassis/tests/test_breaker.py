"""A database that is gone is asked again now and then, not by every request."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from chassis.breaker import Breaker, guard

LONG = 3600.0
NOWHERE = "postgresql+psycopg2://ada:secret@127.0.0.1:1/nothing"


def guarded(url: str, breaker: Breaker) -> Engine:
    engine = create_engine(url, poolclass=NullPool)
    guard(engine, breaker)
    return engine


def ask(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT 1")).scalar_one())


def test_who_comes_after_a_failed_attempt_is_told_at_once() -> None:
    engine = guarded(NOWHERE, Breaker(LONG))
    with pytest.raises(OperationalError, match="refused"):
        ask(engine)
    for _ in range(3):
        with pytest.raises(OperationalError, match="a moment ago"):
            ask(engine)


def test_after_a_pause_it_is_tried_again() -> None:
    engine = guarded(NOWHERE, Breaker(0.0))
    for _ in range(3):
        with pytest.raises(OperationalError, match="refused"):
            ask(engine)


def try_once(breaker: Breaker, attempt: Callable[[], Any]) -> Any:
    dialect: Any = SimpleNamespace(connect=attempt)
    return breaker.connect(dialect, None, [], {})


def test_of_a_database_that_is_there_many_are_had_at_once() -> None:
    breaker = Breaker(LONG)
    both = try_once(breaker, lambda: ("one", try_once(breaker, lambda: "another")))
    assert both == ("one", "another")


def test_a_database_that_was_gone_is_tried_by_one_at_a_time() -> None:
    breaker = Breaker(0.0)

    def fail() -> None:
        raise psycopg2.OperationalError("gone")

    def meanwhile() -> str:
        with pytest.raises(psycopg2.OperationalError, match="a moment ago"):
            try_once(breaker, lambda: "too early")
        return "back"

    with pytest.raises(psycopg2.OperationalError, match="gone"):
        try_once(breaker, fail)
    assert try_once(breaker, meanwhile) == "back"
    assert try_once(breaker, lambda: "as before") == "as before"


def test_a_database_that_came_back_is_used_as_before(urls: Any) -> None:
    breaker = Breaker(0.0)
    gone, back = guarded(NOWHERE, breaker), guarded(urls.service_url, breaker)
    with pytest.raises(OperationalError):
        ask(gone)
    assert [ask(back) for _ in range(3)] == [1, 1, 1]
