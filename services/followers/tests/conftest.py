"""This service's app on a real Postgres; users stands at the network's edge as a small fake."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from chassis import testing
from chassis.config import DatabaseUrl, HttpUrl
from chassis.testing import Sent
from followers import people
from followers.app import create_app
from followers.config import Config
from followers.models import db
from followers.people import Person

NAMES = ["ada", "bob", "cleo", "dan", "name with space", "Søren Ærø", "李四", "50% & co?", "ADA"]


def fake_users(find: Callable[[str], int | None]) -> Flask:
    """GET /v1/users/by-name/NAME, and nothing else of users."""
    app = Flask("users")
    app.asked = []  # type: ignore[attr-defined]

    @app.get("/v1/users/by-name/<name>")
    def by_name(name: str) -> Any:
        app.asked.append(name)  # type: ignore[attr-defined]
        found = find(name)
        return jsonify(id=found, name=name) if found else (jsonify(slug="user-not-found"), 404)

    return app


@pytest.fixture(scope="session")
def keys() -> testing.Keys:
    return testing.Keys()


@pytest.fixture(scope="session")
def config(database_urls: Any, keys: testing.Keys) -> Config:
    return Config(
        database_url=DatabaseUrl(database_urls["followers"].service_url),
        token_public_keys=keys.jwks,
        users_url=HttpUrl("http://users"),
    )


@pytest.fixture
def registered() -> dict[str, int]:
    """Everybody whom users knows; a test may register more."""
    return {name: id_ for id_, name in enumerate(NAMES, start=1)}


@pytest.fixture
def make_users() -> Callable[[Callable[[str], int | None]], Flask]:
    """Another fake of users, by what it knows."""
    return fake_users


@pytest.fixture
def users(registered: dict[str, int]) -> Flask:
    return fake_users(registered.get)


@pytest.fixture(scope="session")
def started(config: Config) -> Iterator[Flask]:
    """One app for all tests; they ask for `app`."""
    app = create_app(config)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(started: Flask, config: Config, users: Flask) -> Flask:
    """The app without a single row, with users at its other end, of whom it knows nobody yet."""
    people.init_app(started, config.users_url)
    testing.connect(people.of(started).provider, users)
    with started.app_context():
        testing.empty(db)
    return started


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session as the service's own verbs get it."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def statements(app: Flask) -> Iterator[list[Sent]]:
    """What the service has asked its database since."""
    with app.app_context(), testing.recorded(db) as sent:
        yield sent


@pytest.fixture
def person(registered: dict[str, int]) -> Callable[[str], Person]:
    return lambda name: Person(registered[name], name)


@pytest.fixture
def token(keys: testing.Keys, registered: dict[str, int]) -> Callable[[str], dict[str, str]]:
    """The header of somebody who is logged in."""
    return lambda name: keys.headers(registered[name], name)


@pytest.fixture
def users_stopped(app: Flask) -> None:
    testing.unplug(people.of(app).provider)
