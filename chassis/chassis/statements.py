"""Statements that take effect by themselves: by the driver alone, one round trip each.

What is on every request's way does not go through a session: that would cost more CPU time than
the statement, and send BEGIN and COMMIT besides. The connections are the engine's all the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

from chassis.sockets import has_something_to_say

Values = Mapping[str, Any]
# What runs a statement for verbs, which know no app: `on(db)`, or the simulator's `run`.
Run = Callable[[str, Values], list[Any]]


def run(engine: Engine, statement: str, values: Values | None = None) -> list[Any]:
    """The rows of a statement, as tuples; of several statements in one text, those of the last."""
    held = engine.raw_connection()
    connection: Any = held.dbapi_connection
    try:
        connection.autocommit = True  # a note of the driver's, nothing that is sent
        cursor = connection.cursor()
        cursor.execute(statement, values)
        rows: list[Any] = cursor.fetchall() if cursor.description else []
        connection.autocommit = False
    except BaseException as error:
        held.invalidate(error)  # nobody knows in which state it is
        raise
    held.close()
    return rows


def on(db: SQLAlchemy) -> Run:
    """`run` for the schema of the app at hand."""
    return lambda statement, values: run(db.engine, statement, values)


def refuse_dead_connections(engine: Engine) -> None:
    """Give out no connection that the server has closed: a restart costs nobody an answer.

    A server that closes a connection says so, and a live one says nothing that was not asked
    for. So a look at the socket tells, without a question to the server.
    """

    @event.listens_for(engine, "checkout")
    def look(connection: Any, _record: Any, _proxy: Any) -> None:
        if has_something_to_say(connection.fileno()):
            raise InvalidatePoolError()
