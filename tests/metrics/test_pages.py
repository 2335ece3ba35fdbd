"""Each part that stops is one page, the right one, and no other."""

from datetime import datetime
from typing import Any

import pytest

from infra.prometheus.watch import Watch
from tests.system import System, eventually

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
    eventually(lambda: PAGES[part] not in map(name, watch.alerts()))
    since = now(watch)
    with system.without(part):
        eventually(lambda: [it for it in pages(watch, since) if it["state"] == "firing"])
        assert [name(alert) for alert in pages(watch, since)] == [PAGES[part]]
