"""Turns are taken in the order in which they were asked for."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.system import PATIENCE, eventually
from users import fair_semaphore
from users.fair_semaphore import FairSemaphore


def stand_in(line: FairSemaphore, number: int) -> bool:
    """Whether so many wait."""
    return len(line._line) == number


def test_so_many_are_taken_at_once_and_no_more() -> None:
    line = FairSemaphore(2)
    assert [line.acquire(0) for _ in range(3)] == [True, True, False]
    line.release()
    assert [line.acquire(0) for _ in range(2)] == [True, False]


def test_whoever_came_first_is_the_next() -> None:
    line, order = FairSemaphore(1), list[int]()
    assert line.acquire(0)

    def wait(number: int) -> None:
        assert line.acquire(PATIENCE)
        order.append(number)
        line.release()

    with ThreadPoolExecutor(5) as crowd:
        for number in range(5):
            crowd.submit(wait, number)
            eventually(partial(stand_in, line, number + 1))
        line.release()
    assert order == list(range(5))


def test_nobody_passes_those_who_wait() -> None:
    line = FairSemaphore(1)
    assert line.acquire(0)
    with ThreadPoolExecutor(1) as somebody:
        waiting = somebody.submit(line.acquire, PATIENCE)
        eventually(partial(stand_in, line, 1))
        line.release()
        assert not line.acquire(0)
        assert waiting.result()


def test_who_has_given_up_stands_in_the_line_no_more() -> None:
    line = FairSemaphore(1)
    assert line.acquire(0)
    assert not line.acquire(0.001)
    line.release()
    assert line.acquire(0)


def test_a_turn_that_comes_at_the_last_moment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    line = FairSemaphore(1)
    assert line.acquire(0)

    class Late(fair_semaphore.Event):
        def wait(self, timeout: float | None = None) -> bool:
            line.release()
            return False

    monkeypatch.setattr(fair_semaphore, "Event", Late)
    assert line.acquire(1)
    monkeypatch.undo()
    assert not line.acquire(0)
