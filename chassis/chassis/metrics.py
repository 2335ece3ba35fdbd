"""Prometheus metrics; every name of the chassis's own stands here.

Metrics are module-level objects, so code that counts needs no app. Each app has a registry of its
own for them, for collectors that are read at each scrape, and for its service's metrics.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from time import perf_counter
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_flask_exporter import PrometheusMetrics
from sqlalchemy import Engine, QueuePool

from chassis import machine
from chassis.config import Config, DatabaseConfig
from chassis.gauges import SchemaGauge, SchemaGauges

# 0.3 s is what the simulator waits.
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5)
_EXTENSION = "minitwit_metrics"

requests = Histogram(
    "minitwit_http_request_duration_seconds",
    "Requests, by route rule",
    ["method", "status", "url_rule"],
    registry=None,
    buckets=REQUEST_BUCKETS,
)
provider_calls = Histogram(
    "minitwit_provider_call_seconds",
    "Calls to other services, by outcome (the status, unavailable, or given-up: not tried)",
    ["provider", "outcome"],
    registry=None,
    buckets=REQUEST_BUCKETS,
)
simulator_answers = Counter(
    "minitwit_simulator_answers",
    "Answers to the simulator: ok, or what was wrong",
    ["action", "kind"],
    registry=None,
)
simulator_late = Counter(
    "minitwit_simulator_late",
    "Answers that took longer than the simulator waits, 0.3 s",
    ["action"],
    registry=None,
)
pool_timeouts = Counter(
    "minitwit_database_pool_timeouts",
    "Requests that found no free database connection in time",
    registry=None,
)
lines_dropped = Counter(
    "minitwit_log_lines_dropped",
    "Log lines that could not be written: nobody read them, or a disk was full",
    registry=None,
)


def latest(schema: str) -> tuple[SchemaGauge, SchemaGauge]:
    """What the simulator's newest request left in a schema."""
    return (
        SchemaGauge(
            "minitwit_simulator_latest",
            "The newest latest that this service was sent",
            f'SELECT value FROM "{schema}".latest',
        ),
        SchemaGauge(
            "minitwit_simulator_last_request_timestamp_seconds",
            "When that was, by the database's clock",
            f'SELECT extract(epoch FROM recorded_at) FROM "{schema}".latest',
        ),
    )


class MachineCollector(Collector):
    """The machine that this process runs on, where no other exporter watches it."""

    def __init__(self, node: str) -> None:
        self._node = node

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = machine.read()
        for name, what, value in (
            ("minitwit_machine_cpu_ratio", "CPU use since the last scrape", now.cpu_ratio),
            ("minitwit_machine_load1", "Load average over a minute", now.load1),
            ("minitwit_machine_uptime_seconds", "Time since boot", now.uptime_seconds),
        ):
            yield gauge(name, what, value, node=self._node)
        for name, what, values in (
            ("minitwit_machine_memory_bytes", "Memory", now.memory),
            ("minitwit_machine_disk_bytes", "This process's disk", now.disk),
        ):
            yield by_state(name, what, values, node=self._node)


class PoolCollector(Collector):
    """A service's database connections."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily]:
        pool = self._engine.pool
        if isinstance(pool, QueuePool):
            states = {"in_use": pool.checkedout(), "idle": pool.checkedin()}
            yield by_state("minitwit_database_pool_connections", "Connections held", states)
            yield gauge("minitwit_database_pool_size", "The most there may be", pool.size())


def gauge(name: str, what: str, value: float, **labels: str) -> GaugeMetricFamily:
    """One value, as a collector yields it."""
    family = GaugeMetricFamily(name, what, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def by_state(name: str, what: str, values: Mapping[str, float], **labels: str) -> GaugeMetricFamily:
    """One value for each state."""
    family = GaugeMetricFamily(name, what, labels=[*labels, "state"])
    for state, value in values.items():
        family.add_metric([*labels.values(), state], value)
    return family


def init_app(app: Flask, config: Config) -> None:
    """Serve /metrics."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    app.extensions[_EXTENSION] = registry
    PrometheusMetrics(app, registry=registry, export_defaults=False)
    build = Gauge(
        "minitwit_build", "Version and commit", ["service", "version", "commit"], registry=registry
    )
    build.labels(app.name, config.version, config.commit).set(1)
    ProcessCollector(registry=registry)
    expose(app, MachineCollector(config.node), requests, provider_calls, lines_dropped)
    expose(app, simulator_answers, simulator_late)


def init_schema(
    app: Flask, config: DatabaseConfig, db: SQLAlchemy, gauges: Sequence[SchemaGauge]
) -> None:
    """Also expose what only a service with a schema has: its pool, and gauges from the schema."""
    with app.app_context():
        pool = PoolCollector(db.engine)
    shown = SchemaGauges(config.database_url, (*latest(str(db.metadata.schema)), *gauges))
    expose(app, pool, pool_timeouts, shown)


def expose(app: Flask, *collectors: Any) -> None:
    """Show further metrics, or collectors of some, at an app's /metrics."""
    for collector in collectors:
        app.extensions[_EXTENSION].register(collector)


def provider_called(provider: str, outcome: str, started: float) -> None:
    """Count a call to another service, begun when `perf_counter()` gave `started`."""
    _provider_calls(provider, outcome).observe(perf_counter() - started)


@cache
def _provider_calls(provider: str, outcome: str) -> Histogram:
    return provider_calls.labels(provider, outcome)
