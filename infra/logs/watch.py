"""The logs' metrics, for Prometheus: `python -m infra.logs.watch` serves /metrics on port 9100.

Elasticsearch is asked at each scrape, so its figures are never old; if it does not answer, they are
left out and minitwit_logs_up is 0.
"""

import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import requests
from prometheus_client import REGISTRY, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from infra.logs.api import Api
from infra.logs.settings import read
from infra.trouble import Trouble, exit_status

PORT = 9100
SECONDS = 5
STREAMS = "logs-minitwit.*"
_NEWEST = {
    "size": 0,
    "query": {"range": {"@timestamp": {"gte": "now-1d"}}},
    "aggs": {
        "services": {
            "terms": {"field": "service.name", "size": 50},
            "aggs": {
                "nodes": {
                    "terms": {"field": "host.name", "size": 50},
                    "aggs": {"newest": {"max": {"field": "@timestamp"}}},
                }
            },
        }
    },
}


class Watch(Collector):
    """Reads with the rights of minitwit-watcher."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing, so that Elasticsearch is not asked before the first scrape."""
        yield from ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = [self.newest(), self.refused(), self.disk()]
        except (Trouble, requests.RequestException, KeyError, ValueError):
            found = []
        yield gauge("up", "Whether Elasticsearch answers", float(bool(found)))
        yield from found

    def newest(self) -> GaugeMetricFamily:
        answer = self._ask("POST", f"/{STREAMS}/_search", _NEWEST)
        family = GaugeMetricFamily(
            "minitwit_logs_newest_timestamp_seconds",
            "When each service's newest line that arrived from a node was written",
            labels=["service", "node"],
        )
        for service in answer["aggregations"]["services"]["buckets"]:
            for node in service["nodes"]["buckets"]:
                moment = datetime.fromisoformat(node["newest"]["value_as_string"])
                family.add_metric([service["key"], node["key"]], moment.timestamp())
        return family

    def refused(self) -> GaugeMetricFamily:
        body = {"size": 0, "track_total_hits": True}
        answer = self._ask("POST", f"/{STREAMS}::failures/_search", body)
        count = answer["hits"]["total"]["value"]
        return gauge("refused_documents", "Documents in the failure stores", count)

    def disk(self) -> GaugeMetricFamily:
        nodes = self._ask("GET", "/_nodes/stats/fs")["nodes"].values()
        total = sum(node["fs"]["total"]["total_in_bytes"] for node in nodes)
        free = sum(node["fs"]["total"]["available_in_bytes"] for node in nodes)
        text = "Bytes of the disks that Elasticsearch writes to"
        family = GaugeMetricFamily("minitwit_logs_disk_bytes", text, labels=["state"])
        family.add_metric(["used"], total - free)
        family.add_metric(["total"], total)
        return family

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return self.api.ask(method, path, body, timeout=SECONDS)


def gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"minitwit_logs_{name}", text, value=value)


def main() -> None:
    settings = read()
    REGISTRY.register(Watch(Api(settings.elasticsearch_url, settings.ca, settings.watch_key)))
    start_http_server(PORT)
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(exit_status(main, "logs"))
