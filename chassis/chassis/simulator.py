"""The simulator's protocol: its credentials, its error body, and `latest`.

Every request with a readable `latest` leaves it in the serving service's schema before
anything else is judged. What the routes themselves do is the services' business.
"""

import base64
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    current_app,
    g,
    has_request_context,
    jsonify,
    request,
)
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    MetaData,
    Table,
    func,
    true,
)

from chassis import metrics, statements
from chassis.config import DatabaseConfig
from chassis.errors import SIMULATOR_PREFIX, Broken, Problem, TryLater

DEFAULT_COUNT = 100
MOST = 1000
_EXTENSION = "minitwit_simulator"
_ACTION = "simulator_action"
_INTEGER = re.compile(r"\s*([+-]?)([0-9]+)\s*", re.ASCII)
_LARGEST = 2**63 - 1
# A transaction of its own, so that a statement which follows in the same text is committed durably,
# holds no lock on this row, and may fail by itself. No transaction is open before the BEGIN.
_RECORD = """
    BEGIN;
    SET LOCAL synchronous_commit = off;
    INSERT INTO "{schema}".latest (value, recorded_at)
    VALUES (%(latest)s, clock_timestamp())
    ON CONFLICT (singleton) DO UPDATE
    SET value = excluded.value, recorded_at = excluded.recorded_at;
    COMMIT;
"""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class _Simulator:
    """What an app needs to serve it."""

    credentials: str
    db: SQLAlchemy
    record: str


class Forbidden(Problem):
    """Wrong or missing credentials."""

    status = 403
    slug = "forbidden"
    kind = "unauthorized"
    detail = "You are not authorized to use this resource!"


def latest_table(metadata: MetaData) -> Table:
    """One row: the newest `latest` that this service was sent, by the database's clock."""
    return Table(
        "latest",
        metadata,
        Column("singleton", Boolean, primary_key=True, server_default=true()),
        Column("value", BigInteger, nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        CheckConstraint("singleton", name="singleton"),
    )


def init_app(app: Flask, config: DatabaseConfig, db: SQLAlchemy) -> None:
    """Record `latest` on the simulator's routes and tell web what was recorded."""
    token = base64.b64encode(config.simulator_credentials.encode()).decode()
    app.extensions[_EXTENSION] = _Simulator(token, db, _RECORD.format(schema=db.metadata.schema))

    @app.before_request
    def note() -> None:
        value = latest_of(request.args.get("latest")) if request.query_string else None
        if value is not None and request.path.startswith(SIMULATOR_PREFIX):
            g.latest = value

    @app.after_request
    def record_what_is_left(response: Response) -> Response:
        """Record it where no statement did: the request was refused before there was any."""
        try:
            record()
        except Exception as error:
            return app.make_response(app.handle_user_exception(error))
        return response

    blueprint = Blueprint("latest", __name__)

    @blueprint.get("/simulator/latest")
    def latest() -> Response:
        return jsonify(_recorded(db, str(db.metadata.schema)))

    app.register_blueprint(blueprint)


def record_and_run(statement: str, values: statements.Values | None = None) -> list[Any]:
    """`statements.run`, with the request's `latest` recorded first, in the same round trip.

    With a `latest` to record, a `Prepared` statement is sent as plain text and planned each time.
    """
    simulator: _Simulator = current_app.extensions[_EXTENSION]
    latest = g.pop("latest", None)
    if latest is None:
        return statements.run(simulator.db.engine, statement, values)
    values = {"latest": latest, **(values or {})}
    return statements.run(simulator.db.engine, simulator.record + statement, values)


def record() -> None:
    """Record this request's `latest`, if that is still to be done; call it before any long wait."""
    if has_request_context() and "latest" in g:
        record_and_run("")


def protected(view: Callable[P, R]) -> Callable[P, R]:
    """Ask for the simulator's credentials before anything else about a request is judged."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        wanted = current_app.extensions[_EXTENSION].credentials
        if scheme.lower() != "basic" or not hmac.compare_digest(
            given.strip().encode(), wanted.encode()
        ):
            raise Forbidden()
        return view(*args, **kwargs)

    return guarded


def action(name: str, *others: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view's answers be counted as one of the simulator's actions.

    `others` are actions that it may `act_as` instead. Each one's counts of late answers and of our
    failures start at 0 here: Prometheus sees no increase in a series that begins with its first
    event.
    """
    for each in (name, *others):
        metrics.simulator_late.labels(each)
        for kind in (TryLater.kind, Broken.kind):
            metrics.simulator_answers.labels(each, kind)

    def marked(view: Callable[P, R]) -> Callable[P, R]:
        vars(view)[_ACTION] = name
        return view

    return marked


def act_as(name: str) -> None:
    """Count this request as another action than its view's, as only its body could tell."""
    g.simulator_action = name


def action_of(asked: Request) -> str | None:
    """The action that a request counts as; None if its route is none of the simulator's."""
    view = current_app.view_functions.get(asked.endpoint or "")
    return g.get("simulator_action") or getattr(view, _ACTION, None)


def latest_of(raw: str | None) -> int | None:
    """The integer in `?latest=`; None where it is missing, no bigint, or -1 (absent)."""
    value = _integer(raw or "")
    return None if value is None or value == -1 or abs(value) > _LARGEST else value


def count() -> int:
    """How many items `?no=` asks for: 100 unless it is an integer, clamped to 0..1000."""
    value = _integer(request.args.get("no", ""))
    return DEFAULT_COUNT if value is None else min(max(value, 0), MOST)


def _integer(raw: str) -> int | None:
    match = _INTEGER.fullmatch(raw)
    if match is None:
        return None
    sign, digits = match[1], match[2].lstrip("0") or "0"
    value = int(digits) if len(digits) < 20 else _LARGEST + 1
    return -value if sign == "-" else value


def _recorded(db: SQLAlchemy, schema: str) -> dict[str, object]:
    rows = statements.run(db.engine, f'SELECT value, recorded_at FROM "{schema}".latest')
    for value, moment in rows:
        return {"latest": value, "recorded_at": moment.isoformat()}
    return {"latest": None, "recorded_at": None}
