"""Figures of made-up samples, and what each bar says of them."""

from dataclasses import replace

import pytest

from infra.proof import bars
from infra.proof.samples import Figures, Sample, span

GOOD = Sample(0.0, "one", "public", False, False, 0.01, 200)


def failed(at: float, node: str = "one", **more: object) -> Sample:
    return replace(GOOD, at=at, node=node, error="status 502", status=502, **more)  # type: ignore[arg-type]


def figures(*samples: Sample, lost: int = 0) -> Figures:
    return Figures(samples, start=0.0, quiet=0.02, lost=lost)


def test_nothing_fails() -> None:
    assert bars.nothing_fails(figures(GOOD)) == ""
    assert bars.nothing_fails(figures(GOOD, failed(1))) == "1 failed"


def test_what_fails_at_another_node_is_not_counted() -> None:
    bar = bars.nothing_fails_at("one")
    assert bar(figures(failed(1, "two"))) == ""
    assert bar(figures(failed(1, "two"), failed(2))) == "1 failed at one"


def test_writes_may_fail_where_only_reads_are_asked_for() -> None:
    assert bars.no_read_fails(figures(failed(1, is_write=True))) == ""
    assert bars.no_read_fails(figures(failed(1))) == "1 reads failed"


def test_an_acknowledged_write_must_not_be_lost() -> None:
    assert bars.nothing_is_lost(figures(GOOD)) == ""
    assert bars.nothing_is_lost(figures(GOOD, lost=2)) == "2 acknowledged writes lost"


def test_errors_last_from_the_first_to_the_answer_of_the_last() -> None:
    outage = figures(failed(3), failed(8, seconds=4.0), failed(1, "two"))
    assert span(outage.failed_at("one")) == 9.0
    assert bars.errors_end_within(10, "one")(outage) == ""
    assert bars.errors_end_within(10)(outage) == "errors for 11.0 s, not 10 s"


def test_an_error_says_when_to_come_again() -> None:
    clear = replace(failed(1), status=503, retry_after="1")
    page = replace(failed(1), status=200, error="a part is missing")
    assert bars.errors_say_later(figures(clear, page)) == ""
    assert bars.errors_say_later(figures(clear, failed(2))) == "1 failed without a clear 503"


@pytest.mark.parametrize(
    ("second_gap", "missed"),
    [((4, 6), ""), ((2.5, 6), "requests failed at two nodes at once, for 0.5 s")],
)
def test_nodes_fail_one_after_the_other(second_gap: tuple[float, float], missed: str) -> None:
    both = [failed(1), failed(3), *(failed(at, "two") for at in second_gap)]
    assert bars.one_node_at_a_time(["one", "two"])(figures(*both)) == missed


def test_the_p99_is_back_when_the_last_slow_slice_has_ended() -> None:
    quick = [replace(GOOD, at=at / 10) for at in range(200)]
    assert figures(*quick).recovery == 0
    slow = [replace(GOOD, at=at, seconds=0.5) for at in (1.0, 7.0)]
    assert figures(*quick, *slow).recovery == 8
    assert bars.back_within(10)(figures(*quick, *slow)) == ""
    assert bars.back_within(7)(figures(*quick, *slow)) == "p99 back after 8 s, not 7 s"
