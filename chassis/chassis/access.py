"""What is counted of each request, but of the probes' and the scraper's.

This is on every request's way: Flask's proxies are resolved once, each series is looked up once.
"""

from functools import cache
from time import perf_counter_ns
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from chassis import metrics
from chassis.errors import SIMULATOR_PREFIX
from chassis.simulator import action_of

INSIDE = frozenset({"/healthz", "/readyz", "/metrics"})
NO_ROUTE = "(none)"
# A client may call its method anything; a label may not be anything.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The simulator waits no longer.
LATE_SECONDS = 0.3


def init_app(app: Flask) -> None:
    """Time each request."""

    @app.before_request
    def start() -> None:
        g.started_ns = perf_counter_ns()

    @app.after_request
    def note(response: Response) -> Response:
        asked: Any = request._get_current_object()  # type: ignore[attr-defined]
        known: Any = g._get_current_object()
        if asked.path not in INSIDE:
            seconds = (perf_counter_ns() - known.started_ns) / 1e9
            rule = asked.url_rule.rule if asked.url_rule else NO_ROUTE
            method = asked.method if asked.method in METHODS else "other"
            _requests(method, response.status_code, rule).observe(seconds)
            if asked.path.startswith(SIMULATOR_PREFIX):
                _count_for_simulator(action_of(asked), known.get("problem_kind", "ok"), seconds)
        return response


def _count_for_simulator(action: str | None, kind: str, seconds: float) -> None:
    """An action is None where there is no such route."""
    if action is not None:
        _answers(action, kind).inc()
        if seconds > LATE_SECONDS:
            metrics.simulator_late.labels(action).inc()


@cache
def _requests(method: str, status: int, rule: str) -> Histogram:
    return metrics.requests.labels(method, status, rule)


@cache
def _answers(action: str, kind: str) -> Counter:
    return metrics.simulator_answers.labels(action, kind)
