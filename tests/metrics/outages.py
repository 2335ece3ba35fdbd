"""The outage of each part, and which pages that was."""

from datetime import datetime
from typing import Any

from infra.prometheus.watch import Watch
from tests.system import System, eventually

PACE = 20
TRIES = 5
SCRAPE_SECONDS = 15
# The alert and the service that it names, by the part that is stopped.
PAGES = {
    "gateway": ("GatewayDown", "gateway"),
    "web": ("ServiceDown", "web"),
    "users": ("ServiceDown", "users"),
    "messages": ("ServiceDown", "messages"),
    "followers": ("ServiceDown", "followers"),
    "postgres": ("DatabaseDown", "postgres"),
}
Page = tuple[str, str]


class Outages:
    """Stops each part, and starts it again, when it is asked about for the first time."""

    def __init__(self, system: System, watch: Watch) -> None:
        self.system = system
        self.watch = watch
        self.begun = self._now()
        self._pages: dict[str, list[Page]] = {}

    def pages(self, part: str) -> list[Page]:
        """Those that began to threaten while it was stopped, but for what a cause mutes."""
        if part not in self._pages:
            self._pages[part] = self._stop(part)
        return self._pages[part]

    def seconds(self, since: float) -> int:
        """How long ago that was by Prometheus' clock, rounded up."""
        return int(self._now() - since) + 1

    def was_busy(self, since: float) -> bool:
        """Whether some target took all the time that it had; one that is stopped takes none."""
        longest = f"max_over_time(scrape_duration_seconds[{self.seconds(since)}s])"
        return bool(self.watch.query(f"{longest} > {0.9 * SCRAPE_SECONDS / PACE}"))

    def _stop(self, part: str) -> list[Page]:
        """Again where the machine was too busy: a scrape that takes too long looks the same."""
        for _ in range(TRIES):
            eventually(lambda: PAGES[part] not in map(page, self.watch.alerts()))
            since = self._now()
            with self.system.without(part):
                eventually(lambda since=since: self._is_firing(since))
                found = [page(alert) for alert in self._threatening(since)]
                if found == [PAGES[part]] or not self.was_busy(since):
                    break
        return found

    def _is_firing(self, since: float) -> bool:
        return any(alert["state"] == "firing" for alert in self._threatening(since))

    def _threatening(self, since: float) -> list[dict[str, Any]]:
        return [
            alert
            for alert in self.watch.alerts()
            if alert["labels"]["severity"] == "page"
            and alert["labels"].get("class") != "symptom"
            and datetime.fromisoformat(alert["activeAt"]).timestamp() > since
        ]

    def _now(self) -> float:
        seconds: float = self.watch.query("vector(time())")[0]["value"][0]
        return seconds


def page(alert: dict[str, Any]) -> Page:
    return alert["labels"]["alertname"], alert["labels"]["service"]
