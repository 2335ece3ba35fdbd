"""Helpers for tests: a service's app as the far end of another's HTTP client, tokens, metrics,
the simulator's form of things, and what is asked of the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jwt
import psycopg2.extensions
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, event, text
from werkzeug.test import TestResponse

from chassis import keys
from chassis.connections import Reply, Request
from chassis.http_client import Provider
from chassis.tokens import ALGORITHM, ISSUER

SIMULATOR = {"Authorization": "Basic c2ltdWxhdG9yOnN1cGVyX3NhZmUh"}


def latest(client: FlaskClient) -> int | None:
    """What a service remembers of the simulator's newest request."""
    value: int | None = client.get("/simulator/latest").get_json()["latest"]
    return value


def is_error(answer: TestResponse, status: int) -> bool:
    """Whether an answer is an error of this status in the simulator's form."""
    body = answer.get_json() if answer.mimetype == "application/json" else {}
    return (
        answer.status_code == status
        and body == {"status": status, "error_msg": body.get("error_msg")}
        and isinstance(body["error_msg"], str)
    )


def connect(provider: Provider, app: Flask) -> None:
    """Let a provider's client talk to its real app: no port, no mock."""

    def carried(request: Request) -> Reply:
        answer = app.test_client().open(
            request.path,
            method=request.method,
            headers=dict(request.headers),
            data=request.body or b"",
        )
        return Reply(answer.status_code, answer.data)

    provider.transport = lambda request: lambda: carried(request)


def unplug(provider: Provider) -> None:
    """Let a provider be unreachable."""

    def refused() -> Reply:
        raise ConnectionError("stopped")

    provider.transport = lambda _: refused


class Keys:
    """A signing key with its public document, and tokens made with it."""

    def __init__(self) -> None:
        self.pem, self.jwk = keys.pair()
        self.jwks = keys.document(self.jwk)

    def token(self, subject: int, name: str, session: int = 1, seconds: int = 60) -> str:
        """An access token that ends `seconds` from now."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": str(subject), "name": name, "sid": str(session)}
        return jwt.encode(
            {**claims, "iat": now, "exp": now + seconds},
            self.pem,
            algorithm=ALGORITHM,
            headers={"kid": self.jwk["kid"]},
        )

    def headers(self, subject: int, name: str, session: int = 1) -> dict[str, str]:
        """The header that carries such a token."""
        return {"Authorization": f"Bearer {self.token(subject, name, session)}"}


def series(client: FlaskClient) -> dict[str, float]:
    """What /metrics tells: `name{label="value",…}`, labels in order, to a value."""
    page = client.get("/metrics").get_data(as_text=True)
    return {
        f"{sample.name}{_labels(sample.labels)}": sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def growth(client: FlaskClient, before: dict[str, float]) -> dict[str, float]:
    """By how much each series has grown since; those that did not are left out."""
    now = series(client)
    return {name: now[name] - before.get(name, 0) for name in now if now[name] != before.get(name)}


def _labels(labels: dict[str, str]) -> str:
    inside = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return f"{{{inside}}}" if inside else ""


@dataclass(frozen=True)
class Sent:
    """A statement as the driver got it; without autocommit it takes three round trips."""

    sql: str
    values: Any
    autocommit: bool

    def plan(self, connection: Connection, *options: str) -> dict[str, Any]:
        """Its plan, by EXPLAIN with these options; that of a prepared one is the generic plan."""
        explain = f"EXPLAIN ({', '.join((*options, 'FORMAT JSON'))})"
        prepare, execute, values = self.sql.rpartition("EXECUTE s0")
        if execute:
            connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan")
            connection.exec_driver_sql("DEALLOCATE ALL")
            connection.exec_driver_sql(prepare)
        text = f"{explain} {execute}{values}"
        [explained] = connection.exec_driver_sql(text, self.values).scalar_one()
        plan: dict[str, Any] = explained["Plan"]
        return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes of a plan, the outermost first."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def waiting(watch: Connection) -> int:
    """How many users of a database wait for a lock, as one connection to it sees."""
    found = watch.exec_driver_sql("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
    return int(found.scalar_one())


@contextmanager
def recorded(db: SQLAlchemy) -> Iterator[list[Sent]]:
    """The statements sent to the database during the block; call inside an app context."""
    sent: list[Sent] = []

    class Cursor(psycopg2.extensions.cursor):
        def execute(self, sql: Any, values: Any = None) -> None:
            sent.append(Sent(str(sql), values, self.connection.autocommit))
            super().execute(sql, values)

    def equip(connection: Any, _record: Any) -> None:
        connection.cursor_factory = Cursor

    db.engine.dispose()
    event.listen(db.engine, "connect", equip)
    try:
        db.engine.connect().close()  # asks its own questions, the first time
        sent.clear()
        yield sent
    finally:
        event.remove(db.engine, "connect", equip)
        db.engine.dispose()


def empty(db: SQLAlchemy) -> None:
    """Delete every row of a service's schema; call inside an app context."""
    for table in reversed(db.metadata.sorted_tables):
        db.session.execute(text(f'DELETE FROM "{table.schema}"."{table.name}"'))
    db.session.commit()
