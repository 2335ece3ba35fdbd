"""Each part that stops is one page, the right one, and no other."""

from datetime import datetime
from typing import Any

import pytest

from infra.prometheus.watch import Watch
from tests.metrics.conftest import PACE
from tests.system import System, eventually

TRIES = 5
SCRAPE_SECONDS = 15
PAGES = {
    "gateway": ("GatewayDown", "gateway"),
    "web": ("ServiceDown", "web"),
    "users": ("ServiceDown", "users"),
    "messages": ("ServiceDown", "messages"),
    "followers": ("ServiceDown", "followers"),
    "postgres": ("DatabaseDown", "postgres"),
}


def name(alert: dict[str, Any]) -> tuple[str, str]:
    return alert["labels"]["alertname"], alert["labels"]["service"]


def pages(watch: Watch, since: float) -> list[dict[str, Any]]:
    """Pages that have begun to threaten since then, but for what a cause mutes."""
    return [
        alert
        for alert in watch.alerts()
        if alert["labels"]["severity"] == "page"
        and alert["labels"].get("class") != "symptom"
        and datetime.fromisoformat(alert["activeAt"]).timestamp() > since
    ]


def now(watch: Watch) -> float:
    """By Prometheus' clock."""
    seconds: float = watch.query("vector(time())")[0]["value"][0]
    return seconds


@pytest.mark.parametrize("part", PAGES)
def test_a_part_that_stops_is_the_right_page_and_no_other(
    system: System, watch: Watch, part: str
) -> None:
    """Tried again where the machine was too busy: a scrape that takes too long looks the same."""
    for _ in range(TRIES):
        eventually(lambda: PAGES[part] not in map(name, watch.alerts()))
        since = now(watch)
        with system.without(part):
            eventually(lambda since=since: is_firing(watch, since))
            found = [name(alert) for alert in pages(watch, since)]
            if found == [PAGES[part]] or not was_busy(watch, since):
                break
    assert found == [PAGES[part]]


def is_firing(watch: Watch, since: float) -> bool:
    return any(alert["state"] == "firing" for alert in pages(watch, since))


def was_busy(watch: Watch, since: float) -> bool:
    """Whether some target took all the time that it had; one that is stopped takes none."""
    seconds = int(now(watch) - since) + 1
    limit = f"{0.9 * SCRAPE_SECONDS / PACE}"
    return bool(watch.query(f"max_over_time(scrape_duration_seconds[{seconds}s]) > {limit}"))
