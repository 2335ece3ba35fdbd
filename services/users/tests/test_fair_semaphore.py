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


def test_no_more_than_the_limit_are_held_at_once() -> None:
    line = FairSemaphore(2)
    assert [line.acquire(0) for _ in range(3)] == [True, True, False]
    line.release()
    assert [line.acquire(0) for _ in range(2)] == [True, False]


def test_waiters_are_served_in_order() -> None:
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


def test_newcomers_cannot_overtake_waiters() -> None:
    line = FairSemaphore(1)
    assert line.acquire(0)
    with ThreadPoolExecutor(1) as somebody:
        waiting = somebody.submit(line.acquire, PATIENCE)
        eventually(partial(stand_in, line, 1))
        line.release()
        assert not line.acquire(0)
        assert waiting.result()


def test_a_waiter_that_timed_out_leaves_the_queue() -> None:
    line = FairSemaphore(1)
    assert line.acquire(0)
    assert not line.acquire(0.001)
    line.release()
    assert line.acquire(0)


def test_a_slot_granted_as_the_wait_times_out_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
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
