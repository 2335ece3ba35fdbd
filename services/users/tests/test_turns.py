"""Turns are taken in the order in which they were asked for."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.system import PATIENCE, eventually
from users import turns
from users.turns import Turns


def stand_in(line: Turns, number: int) -> bool:
    """Whether so many wait."""
    return len(line._line) == number


def test_so_many_are_taken_at_once_and_no_more() -> None:
    line = Turns(2)
    assert [line.take(0) for _ in range(3)] == [True, True, False]
    line.give_back()
    assert [line.take(0) for _ in range(2)] == [True, False]


def test_whoever_came_first_is_the_next() -> None:
    line, order = Turns(1), list[int]()
    assert line.take(0)

    def wait(number: int) -> None:
        assert line.take(PATIENCE)
        order.append(number)
        line.give_back()

    with ThreadPoolExecutor(5) as crowd:
        for number in range(5):
            crowd.submit(wait, number)
            eventually(partial(stand_in, line, number + 1))
        line.give_back()
    assert order == list(range(5))


def test_nobody_passes_those_who_wait() -> None:
    line = Turns(1)
    assert line.take(0)
    with ThreadPoolExecutor(1) as somebody:
        waiting = somebody.submit(line.take, PATIENCE)
        eventually(partial(stand_in, line, 1))
        line.give_back()
        assert not line.take(0)
        assert waiting.result()


def test_who_has_given_up_stands_in_the_line_no_more() -> None:
    line = Turns(1)
    assert line.take(0)
    assert not line.take(0.001)
    line.give_back()
    assert line.take(0)


def test_a_turn_that_comes_at_the_last_moment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Turns(1)
    assert line.take(0)

    class Late(turns.Event):
        def wait(self, timeout: float | None = None) -> bool:
            line.give_back()
            return False

    monkeypatch.setattr(turns, "Event", Late)
    assert line.take(1)
    monkeypatch.undo()
    assert not line.take(0)
