"""Who is told what, after all parts have been stopped and started once (test_pages.py)."""

import pytest

from infra.prometheus.watch import Watch
from tests.metrics.outside import Receivers
from tests.metrics.test_pages import PAGES, now, was_busy
from tests.system import eventually

SYMPTOMS = ("PeopleSeeErrors", "SimulatorGetsErrors", "PublicAddressDown")


@pytest.fixture
def titles(told: Receivers) -> list[str]:
    """Of all pages; skipped where nothing has been stopped."""
    if not told.of("page"):
        pytest.skip("nothing was stopped")
    return told.of("page")


def test_a_page_is_over_when_all_is_well_again(watch: Watch, titles: list[str]) -> None:
    eventually(lambda: not [it for it in watch.alerts() if it["labels"]["severity"] == "page"])
    for _, service in PAGES.values():
        eventually(lambda service=service: f"Over: {service}" in " ".join(titles))


def test_every_cause_is_told(titles: list[str]) -> None:
    for _, service in PAGES.values():
        assert any(f"to act on: {service}" in title for title in titles)


def test_nobody_is_woken_by_what_follows_from_a_cause(watch: Watch, titles: list[str]) -> None:
    """The symptoms were there, since somebody went on asking while each part was away."""
    assert watch.query('max_over_time(ALERTS{severity="page", class="symptom"}[10m])')
    told = [title for title in titles if any(name in title for name in SYMPTOMS)]
    if told and was_busy(watch, now(watch) - 600):
        pytest.skip("the machine was so busy that there were errors without any cause")
    assert told == []


def test_the_dead_mans_switch_is_called_again_and_again(told: Receivers, watch: Watch) -> None:
    eventually(lambda: len(told.of("watchdog")) > 1)
