"""This service's app on a real Postgres; users stands at the network's edge as a small fake."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from chassis import testing
from chassis.config import DatabaseUrl, HttpUrl
from messages import authors
from messages.app import create_app
from messages.config import Config
from messages.models import Message, db

NAMES = ["ada", "bob", "cleo", "name with space", "Søren Ærø", "李四", "50% & co?", "ADA"]


def fake_users(registered: dict[str, int]) -> Flask:
    """GET /v1/users/by-name/NAME, and nothing else of users."""
    app = Flask("users")
    app.asked = []  # type: ignore[attr-defined]

    @app.get("/v1/users/by-name/<name>")
    def by_name(name: str) -> Any:
        app.asked.append(name)  # type: ignore[attr-defined]
        if name not in registered:
            return jsonify(slug="user-not-found"), 404
        return jsonify(id=registered[name], name=name)

    return app


@pytest.fixture(scope="session")
def keys() -> testing.Keys:
    return testing.Keys()


@pytest.fixture(scope="session")
def config(database_urls: Any, keys: testing.Keys) -> Config:
    return Config(
        database_url=DatabaseUrl(database_urls["messages"].service_url),
        token_public_keys=keys.jwks,
        users_url=HttpUrl("http://users"),
    )


@pytest.fixture
def registered() -> dict[str, int]:
    """Everybody whom users knows; a test may register more."""
    return {name: id_ for id_, name in enumerate(NAMES, start=1)}


@pytest.fixture
def users(registered: dict[str, int]) -> Flask:
    return fake_users(registered)


@pytest.fixture
def app(config: Config, users: Flask) -> Iterator[Flask]:
    """The app without a single row, with users at its other end."""
    app = create_app(config)
    testing.connect(authors.of(app).provider, users)
    with app.app_context():
        testing.empty(db)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session as the service's own verbs get it."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def token(keys: testing.Keys, registered: dict[str, int]) -> Callable[[str], dict[str, str]]:
    """The header of somebody who is logged in."""
    return lambda name: keys.headers(registered[name], name)


@pytest.fixture
def users_stopped(app: Flask) -> None:
    testing.unplug(authors.of(app).provider)


@pytest.fixture
def posted(app: Flask, registered: dict[str, int]) -> Callable[..., int]:
    """`posted("ada", "text")` stores a message as given and returns its id."""

    def store(name: str, text: str = "text", **columns: Any) -> int:
        with app.app_context():
            row = Message(author_id=registered[name], author_name=name, text=text, **columns)
            db.session.add(row)
            db.session.commit()
            return row.id

    return store
