"""A small app with every part of the chassis that needs no database to answer."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis import app as factory
from chassis import bodies, paging, tokens
from chassis.config import Config
from chassis.errors import Problem
from chassis.http_client import Unavailable
from chassis.testing import Keys


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


def _routes(app: Flask) -> None:
    @app.get("/teapot")
    @app.get("/api/teapot")
    def teapot() -> str:
        raise Teapot()

    @app.get("/unavailable")
    @app.get("/api/unavailable")
    def unavailable() -> str:
        raise Unavailable("provider", "stopped")

    @app.get("/broken")
    @app.get("/api/broken")
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
