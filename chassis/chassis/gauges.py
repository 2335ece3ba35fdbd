"""Gauges whose values are read from a service's schema at each scrape.

All in one statement over a separate connection: if the pool is used up or the database is gone, a
scrape loses these gauges and a little time, and nothing else.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg2
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import make_url

STATEMENT_TIMEOUT = "500ms"


@dataclass(frozen=True)
class SchemaGauge:
    """A gauge whose value is the result of a query for one column and at most one row."""

    name: str
    what: str
    query: str


class SchemaGauges(Collector):
    """The gauges of one service."""

    def __init__(self, url: str, gauges: Sequence[SchemaGauge]) -> None:
        plain = make_url(url).set(drivername="postgresql")
        self._url = plain.render_as_string(hide_password=False)
        self._gauges = gauges
        self._statement = "SELECT " + ", ".join(f"({each.query})" for each in gauges)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for gauge, value in zip(self._gauges, self._read(), strict=False):
            if value is not None:
                yield GaugeMetricFamily(gauge.name, gauge.what, value=float(value))

    def _read(self) -> Sequence[Any]:
        """A value for each gauge, None where there is no row; nothing without a database."""
        try:
            with closing(psycopg2.connect(self._url, **_SETTINGS)) as connection:
                connection.autocommit = True
                cursor = connection.cursor()
                cursor.execute(self._statement)
                return cursor.fetchone() or ()
        except psycopg2.Error:
            return ()


_SETTINGS: dict[str, Any] = {
    "application_name": "metrics",
    "connect_timeout": 2,
    "tcp_user_timeout": 1000,
    "options": f"-c statement_timeout={STATEMENT_TIMEOUT}",
}


def estimated_rows(table: str) -> str:
    """A query for a table's approximate number of rows, which does not count them.

    The larger of two estimates that Postgres keeps: one is lost in a crash, the other is as old as
    the last ANALYZE, and neither is ever far too high.
    """
    return (
        "SELECT greatest(reltuples, pg_stat_get_live_tuples(oid), 0) "
        f"FROM pg_class WHERE oid = '{table}'::regclass"
    )
