"""Each part that stops is one page, the right one, and no other; who is told what."""

import pytest

from infra.prometheus.watch import Watch
from tests.metrics.outages import PAGES, Outages
from tests.metrics.outside import Receivers
from tests.system import eventually

SYMPTOMS = ("PeopleSeeErrors", "SimulatorGetsErrors", "PublicAddressDown")


@pytest.mark.parametrize("part", PAGES)
def test_a_part_that_stops_is_the_right_page_and_no_other(outages: Outages, part: str) -> None:
    assert outages.pages(part) == [PAGES[part]]


@pytest.fixture
def titles(told: Receivers, outages: Outages) -> list[str]:
    """Of all pages, once every part has been stopped and started."""
    for part in PAGES:
        outages.pages(part)
    return told.of("page")


def expect(titles: list[str], words: str) -> None:
    """A title of each service's with these words before it."""
    for _, service in PAGES.values():
        eventually(lambda wanted=f"{words}: {service}": any(wanted in title for title in titles))


def test_a_page_is_over_when_all_is_well_again(watch: Watch, titles: list[str]) -> None:
    eventually(lambda: not [it for it in watch.alerts() if it["labels"]["severity"] == "page"])
    expect(titles, "Over")


def test_every_cause_is_told(titles: list[str]) -> None:
    expect(titles, "to act on")


def test_nobody_is_woken_by_what_follows_from_a_cause(outages: Outages, titles: list[str]) -> None:
    """The symptoms were there, since somebody went on asking while each part was away."""
    symptoms = 'ALERTS{severity="page", class="symptom"}'
    ago = outages.seconds(outages.begun)
    assert outages.watch.query(f"max_over_time({symptoms}[{ago}s])")
    expect(titles, "Over")
    told = [title for title in titles if any(name in title for name in SYMPTOMS)]
    if told and outages.was_busy(outages.begun):
        pytest.skip("the machine was so busy that there were errors without any cause")
    assert told == []


def test_the_dead_mans_switch_is_called_again_and_again(told: Receivers, watch: Watch) -> None:
    eventually(lambda: len(told.of("watchdog")) > 1)
