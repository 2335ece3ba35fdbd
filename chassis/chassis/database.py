"""A service's own schema in the cluster: the session, and the settings that keep it honest."""

from pathlib import Path
from time import monotonic
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from psycopg2 import OperationalError
from sqlalchemy import Engine, MetaData, event, text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase

from chassis import statements
from chassis.breaker import Breaker
from chassis.config import DatabaseConfig

NAMES = {
    "pk": "%(table_name)s_pkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
}
WANTED_MIGRATION = "minitwit_wanted_migration"
# How libpq introduces what a server said that was reached and let nobody in.
_REFUSAL = "FATAL:"
_SESSION_SETTINGS = {
    # Below http_client.READ_SECONDS, so that a statement ends before its caller gives up.
    "statement_timeout": "1500ms",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "10s",
    "timezone": "UTC",
    "jit": "off",
    # One plan for each prepared statement, which never depends on the values.
    "plan_cache_mode": "force_generic_plan",
}


def schema(name: str) -> SQLAlchemy:
    """The Flask-SQLAlchemy extension for one schema; models derive from its `Model`."""

    class Model(DeclarativeBase):
        metadata = MetaData(schema=name, naming_convention=NAMES)

    return SQLAlchemy(model_class=Model, disable_autonaming=True)


def init_app(app: Flask, db: SQLAlchemy, config: DatabaseConfig) -> None:
    """Connect lazily; a pool that is used up answers within 2 s instead of hanging."""
    app.config["SQLALCHEMY_DATABASE_URI"] = str(config.database_url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": config.database_pool_size,
        "max_overflow": 0,
        "pool_timeout": 2,
        "pool_recycle": 600,
        # Nothing is left to roll back: sessions end their transactions, statements.py opens none.
        "pool_reset_on_return": None,
        "hide_parameters": True,
        "connect_args": _connect_args(app.name),
    }
    db.init_app(app)
    with app.app_context():
        guard(db.engine, Breaker())
        statements.refuse_dead_connections(db.engine)
        statements.let_sessions_transact(db.engine)
    app.extensions[WANTED_MIGRATION] = newest_migration(migrations(app))


def guard(engine: Engine, breaker: Breaker) -> None:
    """Put a breaker in front of an engine's new connections.

    While it permits no attempt, connecting raises OperationalError at once, with what Postgres
    said when it refused the last one.
    """
    refused = ""

    def connect(
        dialect: Dialect, _record: Any, arguments: list[Any], settings: dict[str, Any]
    ) -> Any:
        nonlocal refused
        if not breaker.allows():
            raise OperationalError(f"the database was not there a moment ago{refused}")
        begun = monotonic()
        try:
            connection = dialect.connect(*arguments, **settings)
        except OperationalError as error:
            said = refusal(error)
            refused = f": {_REFUSAL} {said}" if said else ""
            breaker.record_failure(begun)
            raise
        breaker.record_success()
        return connection

    event.listen(engine, "do_connect", connect)


def refusal(error: Exception) -> str:
    """What Postgres said when it refused a connection; empty if it was not reached."""
    _, _, said = str(error).partition(_REFUSAL)
    return said.strip().partition("\n")[0]


def migrations(app: Flask) -> Path:
    """The folder of a service's migrations, beside its package."""
    return Path(app.root_path).parent / "migrations"


def newest_migration(folder: Path) -> str:
    """The revision that this code was written for: revisions are numbered, `0001_….py`."""
    versions = (folder / "versions").glob("[0-9]*.py")
    return max((path.stem.split("_")[0] for path in versions), default="0000")


def current_migration(db: SQLAlchemy) -> str | None:
    """The revision that the schema is at."""
    name = db.metadata.schema
    statement = text(f'SELECT version_num FROM "{name}".alembic_version')
    version: str | None = db.session.execute(statement).scalar()
    return version


def _connect_args(application: str) -> dict[str, Any]:
    return {
        "application_name": application,
        "connect_timeout": 2,
        # A server that is silent for this long has gone without closing the connection.
        # Together with a second attempt to connect, it must be less than the gateway's time-out.
        "tcp_user_timeout": 2000,
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": 2,
        "options": " ".join(f"-c {name}={value}" for name, value in _SESSION_SETTINGS.items()),
    }
