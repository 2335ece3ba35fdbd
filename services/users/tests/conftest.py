"""This service's app on a real Postgres, and people who use it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from chassis import testing
from chassis.config import DatabaseUrl, Secret
from users import sessions
from users.app import create_app
from users.config import Config
from users.models import db

PASSWORD = "]=)[X{Km{z"


@dataclass
class Visitor:
    """Somebody with a name and a password, and how they use the service."""

    client: FlaskClient
    name: str
    password: str = PASSWORD

    def register(self) -> TestResponse:
        body = {"username": self.name, "email": "a@b", "password": self.password}
        return self.client.post("/v1/users", json=body)

    def try_to_log_in(self) -> TestResponse:
        body = {"username": self.name, "password": self.password}
        return self.client.post("/v1/sessions", json=body)

    def log_in(self) -> str:
        """A new session's token."""
        return str(self.try_to_log_in().get_json()["session_token"])

    def trade(self, session_token: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {session_token}"}
        return self.client.post("/v1/access-tokens", headers=headers)

    def access(self, session_token: str) -> dict[str, str]:
        """The header that speaks for a session."""
        return {"Authorization": f"Bearer {self.trade(session_token).get_json()['access_token']}"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sleeps until leases are over; `test_leases.py` notes who would."""
    monkeypatch.setattr(sessions, "sleep", lambda _: None)


@pytest.fixture(scope="session")
def keys() -> testing.Keys:
    return testing.Keys()


@pytest.fixture(scope="session")
def config(database_urls: Any, keys: testing.Keys) -> Config:
    return Config(
        database_url=DatabaseUrl(database_urls["users"].service_url),
        token_public_keys=keys.jwks,
        token_signing_key=Secret(keys.pem),
    )


@pytest.fixture(scope="session")
def app(config: Config) -> Iterator[Flask]:
    """One app for all tests; ask for `client` or `session` to find its tables empty."""
    app = create_app(config)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of a service without a single row."""
    with app.app_context():
        testing.empty(db)
    return app.test_client()


@pytest.fixture
def make_client(config: Config, client: FlaskClient) -> Iterator[Callable[..., FlaskClient]]:
    """Clients of services that are told something else at boot."""
    apps = []

    def make(**changes: Any) -> FlaskClient:
        apps.append(create_app(replace(config, **changes)))
        return apps[-1].test_client()

    yield make
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def session(app: Flask, client: FlaskClient) -> Iterator[Session]:
    """A session as the service's own verbs get it."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def visitor(client: FlaskClient) -> Callable[..., Visitor]:
    """Somebody who is new here."""
    return lambda name="ada", password=PASSWORD: Visitor(client, name, password)


@pytest.fixture
def ada(visitor: Callable[..., Visitor]) -> Visitor:
    """Somebody who has an account."""
    ada: Visitor = visitor("ada")
    ada.register()
    return ada
