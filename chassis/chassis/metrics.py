"""Prometheus metrics; every name of the chassis's own stands here."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from flask import Flask, current_app, has_app_context
from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_flask_exporter import PrometheusMetrics

from chassis.config import Config

REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5)
_EXTENSION = "minitwit_provider_calls"


def init_app(app: Flask, config: Config) -> None:
    """Serve /metrics: requests by route rule, calls by provider, process and build."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PrometheusMetrics(
        app,
        registry=registry,
        group_by="url_rule",
        defaults_prefix="minitwit",
        buckets=REQUEST_BUCKETS,
        excluded_paths=["^/healthz$", "^/readyz$", "^/metrics$"],
    )
    build = Gauge(
        "minitwit_build", "Version and commit", ["service", "version", "commit"], registry=registry
    )
    build.labels(app.name, config.version, config.commit).set(1)
    app.extensions[_EXTENSION] = Histogram(
        "minitwit_provider_call_seconds",
        "Calls to other services, by outcome (the status, or unavailable)",
        ["provider", "outcome"],
        registry=registry,
        buckets=REQUEST_BUCKETS,
    )


class Call:
    """The outcome of one call, to be set by whoever makes it."""

    outcome = "unavailable"


@contextmanager
def provider_call(provider: str) -> Iterator[Call]:
    """Time one call to another service."""
    call, started = Call(), perf_counter()
    try:
        yield call
    finally:
        if has_app_context():
            histogram = current_app.extensions[_EXTENSION]
            histogram.labels(provider, call.outcome).observe(perf_counter() - started)
