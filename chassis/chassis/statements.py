"""Autocommitted statements, sent by the driver alone in one round trip each.

The statements of the hot path bypass the session, which would cost more CPU time than the statement
and send BEGIN and COMMIT besides. Their connections still come from the engine's pool.
"""

import re
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError

from chassis.sockets import has_something_to_say

Values = Mapping[str, Any]
# A connection that answered this recently is not checked: no server restarts so fast.
LIVELY_SECONDS = 0.1
_PREPARED, _ANSWERED = "minitwit_prepared", "minitwit_answered"
_PARAMETER = re.compile(r"%\((\w+)\)s")
# What runs a statement for verbs, which know no app: `on(db)`, or the simulator's `record_and_run`.
Run = Callable[[str, Values], list[Any]]


class Prepared(str):
    """A statement that takes long to plan: each connection plans it once, for all values."""


def run(engine: Engine, statement: str, values: Values | None = None) -> list[Any]:
    """The rows of a statement, as tuples; of several statements in one text, those of the last."""
    held = engine.raw_connection()
    connection: Any = held.dbapi_connection
    try:
        if not connection.autocommit:
            connection.autocommit = True
        cursor = connection.cursor()
        if isinstance(statement, Prepared):
            statement = _execute(statement, held.info.setdefault(_PREPARED, {}))
        cursor.execute(statement, values)
        rows: list[Any] = cursor.fetchall() if cursor.description else []
    except BaseException as error:
        held.invalidate(error)  # it may be in any state
        raise
    held.info[_ANSWERED] = monotonic()
    held.close()
    return rows


def _execute(statement: str, prepared: dict[str, str]) -> str:
    """The text to send for it, given what the connection has `prepared` already."""
    if statement in prepared:
        return prepared[statement]
    name = f"s{len(prepared)}"
    parameters = list(dict.fromkeys(_PARAMETER.findall(statement)))
    plain = _PARAMETER.sub(lambda found: f"${parameters.index(found[1]) + 1}", statement)
    values = ", ".join(f"%({parameter})s" for parameter in parameters)
    prepared[statement] = f"EXECUTE {name} ({values})" if values else f"EXECUTE {name}"
    return f"PREPARE {name} AS {plain}; {prepared[statement]}"


def on(db: SQLAlchemy) -> Run:
    """`run` for the schema of the app at hand."""
    return lambda statement, values: run(db.engine, statement, values)


def refuse_dead_connections(engine: Engine) -> None:
    """Never check out a connection that the server has closed, so that a restart fails no request.

    Between statements a server sends nothing, except when it closes the connection. So a socket
    that has something to read is dead, and no round trip is needed to find out. Each is looked at
    for itself: which others are older, the pool would tell by the clock, which may be set back.
    """

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, _proxy: Any) -> None:
        silence = monotonic() - record.info.get(_ANSWERED, 0.0)
        if silence > LIVELY_SECONDS and has_something_to_say(connection.fileno()):
            raise DisconnectionError()


def let_sessions_transact(engine: Engine) -> None:
    """`run` leaves connections in autocommit; turn it off for whatever goes through SQLAlchemy."""

    @event.listens_for(engine, "engine_connect")
    def transact(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.autocommit = False
