"""A small app that needs no database to answer, and one that has a schema."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from chassis import app as factory
from chassis import bodies, database, migrate, paging, simulator, tokens
from chassis.config import Config, DatabaseConfig, DatabaseUrl
from chassis.errors import Problem
from chassis.figures import Figure, rows
from chassis.http_client import Unavailable
from chassis.testing import Keys, empty

MIGRATIONS = Path(__file__).parent / "example" / "migrations"


class Teapot(Problem):
    status = 418
    slug = "teapot"
    detail = "Short and stout."


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def app(keys: Keys) -> Flask:
    app = factory.create("chassis", Config())
    tokens.init_app(app, keys.jwks)
    _routes(app)
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


def _with_schema(url: str, keys: Keys) -> tuple[Flask, SQLAlchemy]:
    db = database.schema("example")
    simulator.latest_table(db.metadata)
    config = DatabaseConfig(database_url=DatabaseUrl(url), token_public_keys=keys.jwks)
    size = Figure("example_rows", "Rows, about", rows("example.latest"))
    app = factory.create_with_schema("chassis", config, db, [size])
    app.extensions["minitwit_migrations"] = MIGRATIONS

    @app.post("/api/things")
    @simulator.action("thing")
    @simulator.protected
    def things() -> dict[str, int]:
        return {"count": simulator.count()}

    @app.get("/outside")
    def outside() -> dict[str, int]:
        return {}

    return app, db


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

    @app.get("/broken")
    @app.get("/api/broken")
    @simulator.action("pour")
    def broken() -> str:
        raise RuntimeError("secret detail")

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
