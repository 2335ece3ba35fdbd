"""Each part that stops is one page, the right one, and nobody is woken by what follows from it."""

from datetime import datetime
from typing import Any

import pytest

from infra.prometheus.watch import Watch
from tests.metrics.outside import Receivers
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
    since = now(watch)
    with system.without(part):
        eventually(lambda: [it for it in pages(watch, since) if it["state"] == "firing"])
        assert [name(alert) for alert in pages(watch, since)] == [PAGES[part]]


def test_symptoms_are_muted_while_their_cause_is_known(watch: Watch, told: Receivers) -> None:
    def muted() -> list[str]:
        found = watch.notified()
        return [it["labels"]["alertname"] for it in found if it["status"]["inhibitedBy"]]

    eventually(
        lambda: all(any(word in page for page in told.of("page")) for word, _ in PAGES.values())
    )
    eventually(muted)


def test_everybody_is_told_of_each_part_once_and_when_it_is_over(
    watch: Watch, told: Receivers
) -> None:
    eventually(lambda: not [it for it in watch.alerts() if it["labels"]["severity"] == "page"])
    titles = " ".join(told.of("page"))
    for _, service in PAGES.values():
        assert f"to act on: {service}" in titles
        eventually(lambda service=service: f"Over: {service}" in " ".join(told.of("page")))
    assert "People" not in titles
