"""Statements that take effect by themselves: by the driver alone, one round trip each.

What is on every request's way does not go through a session: that would cost more CPU time than
the statement, and send BEGIN and COMMIT besides. The connections are the engine's all the same.
"""

import re
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError

from chassis.sockets import has_something_to_say

Values = Mapping[str, Any]
# No server is stopped, started and asked again within so many seconds.
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
        held.invalidate(error)  # nobody knows in which state it is
        raise
    held.info[_ANSWERED] = monotonic()
    held.close()
    return rows


def _execute(statement: str, prepared: dict[str, str]) -> str:
    """What is sent for it on a connection that has `prepared` so many."""
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
    """Give out no connection that the server has closed: a restart costs nobody an answer.

    A server that closes a connection says so, and a live one says nothing that was not asked
    for. So a look at the socket tells, without a question to the server.
    """

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, _proxy: Any) -> None:
        silence = monotonic() - record.info.get(_ANSWERED, 0.0)
        if silence > LIVELY_SECONDS and has_something_to_say(connection.fileno()):
            raise InvalidatePoolError()


def let_sessions_transact(engine: Engine) -> None:
    """Statements leave connections as they use them; whoever else uses one has transactions."""

    @event.listens_for(engine, "engine_connect")
    def transact(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.autocommit = False
