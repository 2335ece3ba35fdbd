"""What one service's /metrics tells, and what happened between two such answers."""

import math
import time
from dataclasses import dataclass
from http.client import HTTPException

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from dev import probing

SECONDS = 3.0
REQUESTS = "minitwit_http_request_duration_seconds"


@dataclass(frozen=True)
class Scrape:
    """An answer, and when it was given (monotonic seconds)."""

    at: float
    samples: tuple[Sample, ...]

    def value(self, name: str, **labels: str) -> float | None:
        """The first sample of that name with these labels, if there is one."""
        for sample in self.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return float(sample.value)
        return None

    def labels(self, name: str) -> dict[str, str]:
        """Those of the first sample of that name."""
        return next((dict(it.labels) for it in self.samples if it.name == name), {})

    def sums(self, name: str, label: str) -> dict[str, float]:
        """All samples of that name, added up by what they have as `label`."""
        found: dict[str, float] = {}
        for sample in self.samples:
            if sample.name == name:
                key = sample.labels[label]
                found[key] = found.get(key, 0.0) + sample.value
        return found


@dataclass(frozen=True)
class Traffic:
    """Requests in a second; of these, the share that failed (5xx) and the slowest hundredth's time.

    None where there were none; `p99` is infinite beyond the largest bucket.
    """

    rate: float
    errors: float | None = None
    p99: float | None = None


def scrape(port: int) -> Scrape | None:
    """Ask a service for its metrics; None if it does not answer, or with something else."""
    try:
        status, body = probing.ask(port, "/metrics", SECONDS)
        if status != 200:
            return None
        families = list(text_string_to_metric_families(body.decode()))
    except (OSError, HTTPException, ValueError):
        return None
    return Scrape(time.monotonic(), tuple(it for family in families for it in family.samples))


def traffic(before: Scrape, after: Scrape) -> Traffic:
    """What a service did between two scrapes, or since its start if it was restarted meanwhile."""
    if before.value("process_start_time_seconds") != after.value("process_start_time_seconds"):
        before = Scrape(before.at, ())
    answers = _grown(before, after, f"{REQUESTS}_count", "status")
    total = sum(answers.values())
    rate = total / max(after.at - before.at, 0.001)
    if not total:
        return Traffic(rate)
    failed = sum(count for status, count in answers.items() if status.startswith("5"))
    return Traffic(rate, failed / total, quantile(0.99, _buckets(before, after)))


def quantile(share: float, buckets: list[tuple[float, float]]) -> float:
    """A quantile as Prometheus computes it, by linear interpolation within its bucket.

    `buckets` are upper bounds with how many values are below each, in order.
    """
    rank = share * buckets[-1][1]
    lower, below = 0.0, 0.0
    for upper, count in buckets:
        if count >= rank:
            if math.isinf(upper):
                break
            return lower + (upper - lower) * (rank - below) / (count - below)
        lower, below = upper, count
    return math.inf


def _buckets(before: Scrape, after: Scrape) -> list[tuple[float, float]]:
    grown = _grown(before, after, f"{REQUESTS}_bucket", "le")
    return sorted((float(bound), count) for bound, count in grown.items())


def _grown(before: Scrape, after: Scrape, name: str, label: str) -> dict[str, float]:
    old = before.sums(name, label)
    return {key: value - old.get(key, 0.0) for key, value in after.sums(name, label).items()}
