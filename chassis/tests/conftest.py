"""A small app that needs no database to answer, one that has a schema, and one as a process."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from psycopg2.errors import ReadOnlySqlTransaction
from sqlalchemy import create_engine, text
from sqlalchemy.exc import InternalError
from sqlalchemy.pool import NullPool

from chassis import app as factory
from chassis import bodies, database, migrate, paging, simulator, tokens
from chassis.config import Config, DatabaseConfig, DatabaseUrl
from chassis.errors import Problem
from chassis.gauges import SchemaGauge, estimated_rows
from chassis.http_client import Unavailable
from chassis.testing import Keys, empty
from tests import people

HERE = Path(__file__).parent
MIGRATIONS = HERE / "example" / "migrations"
# Waits for the end.
CLOSE = """
    SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = :role
"""


class Teapot(Problem):
    status = 418
    slug = "teapot"
    detail = "Short and stout."


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def app(keys: Keys) -> Flask:
    app = factory.create("chassis", Config(node="node1"))
    tokens.init_app(app, keys.jwks)
    _routes(app)
    _faults(app)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def urls(database_urls: Any) -> Any:
    """Those of the schema `example`, which is at its newest migration."""
    urls = database_urls["example"]
    migrate.upgrade(MIGRATIONS, "example", urls.owner_url)
    return urls


@pytest.fixture
def close_connections(urls: Any) -> Callable[[], None]:
    """As a server does that ends: all that the service has, and there are some."""

    def close() -> None:
        admin = create_engine(urls.admin_url, poolclass=NullPool)
        with admin.connect() as connection:
            ended = connection.execute(text(CLOSE), {"role": "example_service"}).scalars().all()
        assert ended
        assert all(ended)

    return close


@pytest.fixture
def rooted(urls: Any, keys: Keys) -> Iterator[FlaskClient]:
    """A service with a schema, which has no row."""
    app, db = _with_schema(urls.service_url, keys)
    with app.app_context():
        empty(db)
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def stranded(keys: Keys) -> FlaskClient:
    """A service whose database does not answer."""
    url = "postgresql+psycopg2://nobody:x@127.0.0.1:1/nowhere"
    return _with_schema(url, keys)[0].test_client()


@pytest.fixture
def environment() -> dict[str, str]:
    """For a process: where the chassis and the example service are, and nothing else."""
    path = os.pathsep.join([str(HERE.parent), str(HERE / "example")])
    return {"PYTHONPATH": path, "PATH": os.defpath}


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Runs the example service with the given settings."""
    started: list[subprocess.Popen[bytes]] = []

    def start(stdout: int = subprocess.PIPE, **settings: str) -> "subprocess.Popen[bytes]":
        told = {f"MINITWIT_{name.upper()}": value for name, value in settings.items()}
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "chassis.serve", "example"],
                env=environment | told,
                stdout=stdout,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        )
        return started[-1]

    yield start
    for each in started:
        if each.poll() is None:
            os.killpg(each.pid, signal.SIGKILL)
        each.communicate()


@pytest.fixture
def address() -> str:
    return free_address()


@pytest.fixture
def probes_address() -> str:
    return free_address()


@pytest.fixture
def patient() -> requests.Session:
    return people.patient()


@pytest.fixture
def ignored(keys: Keys) -> Iterator[FlaskClient]:
    """A service whose database takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql+psycopg2://nobody:x@127.0.0.1:{mute.getsockname()[1]}/nowhere"
        yield _with_schema(url, keys)[0].test_client()


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


def _with_schema(url: str, keys: Keys) -> tuple[Flask, SQLAlchemy]:
    db = database.schema("example")
    simulator.latest_table(db.metadata)
    config = DatabaseConfig(database_url=DatabaseUrl(url), token_public_keys=keys.jwks)
    size = SchemaGauge("example_rows", "Rows, about", estimated_rows("example.latest"))
    app = factory.create_with_schema("chassis", config, db, [size])
    app.extensions[database.WANTED_MIGRATION] = database.newest_migration(MIGRATIONS)

    @app.post("/api/things")
    @simulator.action("thing")
    @simulator.protected
    def things() -> dict[str, int]:
        return {"count": simulator.count()}

    @app.post("/api/stored")
    @simulator.action("thing")
    @simulator.protected
    def stored() -> dict[str, int]:
        [(number,)] = simulator.record_and_run("SELECT %(number)s", {"number": 5})
        return {"number": number}

    @app.get("/outside")
    @app.route("/v1/things", methods=["GET", "POST", "PUT", "DELETE"])
    def outside() -> dict[str, int]:
        return {}

    return app, db


def _faults(app: Flask) -> None:
    @app.get("/read-only")
    @app.get("/api/read-only")
    @simulator.action("pour")
    def read_only() -> str:
        """As what was the primary says, when another one is it now."""
        raise InternalError("INSERT", None, ReadOnlySqlTransaction("cannot execute INSERT"))

    @app.get("/broken")
    @app.get("/api/broken")
    @simulator.action("pour")
    def broken() -> str:
        raise RuntimeError("secret detail")


def _routes(app: Flask) -> None:
    @app.get("/teapot")
    @app.get("/api/teapot")
    @simulator.action("pour")
    def teapot() -> str:
        raise Teapot()

    @app.get("/unavailable")
    @app.get("/api/unavailable")
    @simulator.action("pour")
    def unavailable() -> str:
        raise Unavailable("provider", "stopped")

    @app.post("/body")
    @app.post("/api/body")
    def body() -> dict[str, str]:
        return {"text": bodies.text(bodies.json_object(), "text")}

    @app.get("/whoami")
    def whoami() -> dict[str, object]:
        identity = tokens.identity()
        return {"id": identity.id, "name": identity.name, "session": identity.session_id}

    @app.get("/things/<id:number>")
    def thing(number: int) -> dict[str, int]:
        return {"number": number}

    @app.get("/page")
    def page() -> dict[str, int | None]:
        wanted = paging.from_query()
        return {"limit": wanted.limit, "before": wanted.before, "after": wanted.after}
