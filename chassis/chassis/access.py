"""What is recorded of each request except probes and scrapes: metrics, and one log line.

Every request passes through here, so Flask's proxies are resolved once, each series is looked up
once, and the log line takes a short cut through `logging`.
"""

import logging
from functools import cache
from threading import local
from time import perf_counter_ns
from typing import Any

from flask import Flask, Request, Response, g, request
from prometheus_client import Counter, Histogram

from chassis import metrics
from chassis.errors import SIMULATOR_PREFIX, TryLater
from chassis.simulator import action_of

INSIDE = frozenset({"/healthz", "/readyz", "/metrics"})
NO_ROUTE = "(none)"
# A client may call its method anything; a label may not be anything.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The simulator waits no longer.
LATE_SECONDS = 0.3
_log = logging.getLogger(__name__)
_thread = local()


def init_app(app: Flask) -> None:
    """Time each request, count it and write it down."""

    @app.before_request
    def start() -> None:
        g.started_ns = vars(_thread).pop("started_ns", None) or perf_counter_ns()

    @app.after_request
    def note(response: Response) -> Response:
        asked: Any = request._get_current_object()  # type: ignore[attr-defined]
        if asked.path not in INSIDE:
            _keep(asked, vars(g._get_current_object()), response.status_code)
        return response


def begin(app: Flask) -> None:
    """Begin each route's count of 503 at 0, once all routes are known.

    Prometheus sees no increase in a series that begins with its first event, so that a short outage
    would not count.
    """
    for rule in app.url_map.iter_rules():
        if rule.rule not in INSIDE:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                _requests(method, TryLater.status, rule.rule)


def take_up(started_ns: int) -> None:
    """Note since when this thread's next request has been waiting (by `perf_counter_ns`)."""
    _thread.started_ns = started_ns


def _keep(asked: Request, known: dict[str, Any], status: int) -> None:
    """`known` is the content of `g` after the request was handled."""
    took = perf_counter_ns() - known["started_ns"]
    rule = asked.url_rule.rule if asked.url_rule else NO_ROUTE
    method = asked.method if asked.method in METHODS else "other"
    _requests(method, status, rule).observe(took / 1e9)
    summary = {
        "event.duration": took,
        "http.request.id": known["request_id"],
        "http.request.method": asked.method,
        "http.response.status_code": status,
        "url.path": asked.path,
        "minitwit.route": rule,
    }
    if "subject_id" in known:
        summary["user.id"] = str(known["subject_id"])
    if asked.path.startswith(SIMULATOR_PREFIX):
        summary |= _for_simulator(action_of(asked), known.get("problem_kind", "ok"), took / 1e9)
    _write(f"{asked.method} {status}", summary)


def _for_simulator(action: str | None, kind: str, seconds: float) -> dict[str, Any]:
    """Count an answer to the simulator (None: to somebody else); the log fields of an error."""
    if action is None:
        return {}
    _answers(action, kind).inc()
    if seconds > LATE_SECONDS:
        metrics.simulator_late.labels(action).inc()
    if kind == "ok":
        return {}
    return {"minitwit.simulator.action": action, "minitwit.simulator.kind": kind}


def _write(message: str, summary: dict[str, Any]) -> None:
    """Do what `_log.info` does, without its search for the caller's file and line."""
    if _log.isEnabledFor(logging.INFO):
        record = logging.LogRecord(_log.name, logging.INFO, "", 0, message, None, None)
        record.summary = summary
        _log.handle(record)


@cache
def _requests(method: str, status: int, rule: str) -> Histogram:
    return metrics.requests.labels(method, status, rule)


@cache
def _answers(action: str, kind: str) -> Counter:
    return metrics.simulator_answers.labels(action, kind)
