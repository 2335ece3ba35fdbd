"""Prometheus metrics of the backups, read from their folder at each scrape."""

from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chassis.metrics import gauge
from infra.backup.store import Store

# By metric: its name in status.json, and what it means.
_TIMES = {
    "last_success": ("dumped_at", "When the newest dump was taken"),
    "last_verified": ("verified_at", "When a dump was last restored and found to be good"),
    "wal_last_received": ("received_at", "When nothing of the database's WAL was missing"),
}


class Backups(Collector):
    """Collects these metrics; what has never happened is left out."""

    def __init__(self, store: Store, wal: bool) -> None:
        self._store, self._wal = store, wal

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield gauge("minitwit_backup_wal_wanted", "Whether WAL is to be received", self._wal)
        status = self._store.status()
        for name, (key, what) in _TIMES.items():
            if key in status:
                moment = datetime.fromisoformat(status[key]).timestamp()
                yield gauge(f"minitwit_backup_{name}_timestamp_seconds", what, moment)
        if dump := self._store.newest(datetime.now(UTC)):
            size = dump.file.stat().st_size
            yield gauge("minitwit_backup_dump_bytes", "The newest dump's size", size)


def serve(store: Store, bind: str, wal: bool = True) -> int:
    """Serve the metrics at `bind` (HOST:PORT) in separate threads; returns the port."""
    registry = CollectorRegistry()
    registry.register(Backups(store, wal))
    ProcessCollector(registry=registry)
    host, _, port = bind.rpartition(":")
    server, _ = start_http_server(int(port), host, registry)
    return int(server.server_port)
