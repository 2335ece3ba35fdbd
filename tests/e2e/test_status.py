"""`make status`, on a system that runs."""

import re
from collections.abc import Callable

from dev.services import NAMES
from tests.people import Simulator
from tests.system import System


def rows(shown: str) -> dict[str, list[str]]:
    """What stands beside each name."""
    return {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.strip()}


def test_every_part_and_the_simulators_latest_are_seen(
    system: System, simulator: Simulator, registered: Callable[[], str]
) -> None:
    simulator.tweet(registered(), "x", latest=4711)
    shown = system.run("dev.status").stdout
    assert "\x1b" not in shown
    seen = rows(shown)
    for name in NAMES:
        health, rate, *_ = seen[name]
        assert health == "ready"
        assert re.fullmatch(r"\d+\.\d/s", rate)
    assert seen["gateway"][0] == seen["postgres"][0] == "up"
    assert re.search(r"^simulator  latest 4,711 ", shown, re.MULTILINE)
    assert re.search(r"^rows       accounts [\d,]+   sessions [\d,]+", shown, re.MULTILINE)


def test_a_part_that_is_stopped_is_seen_to_be_down(system: System) -> None:
    with system.without("followers"):
        seen = rows(system.run("dev.status", ONCE="yes").stdout)
    assert seen["followers"][:3] == ["down", "-", "-"]
    assert seen["messages"][0] == "ready"
