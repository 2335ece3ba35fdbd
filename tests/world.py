"""All services in one process: real apps, real clients, a real Postgres, no ports, no mocks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from flask import Flask

import followers.app
import followers.config
import followers.people
import messages.app
import messages.authors
import messages.config
import users.app
import users.config
import web.app
import web.config
import web.latest
import web.providers
import web.visitor
from chassis.config import DatabaseUrl, HttpUrl, Secret
from chassis.testing import Keys, connect, empty
from dev.secrets import SCHEMAS

USERS = HttpUrl("http://users")
WEB = web.config.Config(
    users_url=USERS,
    messages_url=HttpUrl("http://messages"),
    followers_url=HttpUrl("http://followers"),
    secret_keys=Secret("a key"),
)


@dataclass(frozen=True)
class World:
    """The four apps, each with its clients connected to the others."""

    users: Flask
    messages: Flask
    followers: Flask
    web: Flask

    def register(self, name: str) -> int:
        """A new account's id."""
        body = {"username": name, "email": "a@b", "password": "secret"}
        answer = self.users.test_client().post("/v1/users", json=body)
        assert answer.status_code == 201
        return int(answer.get_json()["id"])


@contextmanager
def assembled(database_urls: Any) -> Iterator[World]:
    """The world; `database_urls` is the fixture of the root's conftest.py."""
    keys = Keys()

    def common(schema: str) -> dict[str, Any]:
        url = DatabaseUrl(database_urls[schema].service_url)
        return {"database_url": url, "token_public_keys": keys.jwks}

    world = World(
        users.app.create_app(
            users.config.Config(**common("users"), token_signing_key=Secret(keys.pem))
        ),
        messages.app.create_app(messages.config.Config(**common("messages"), users_url=USERS)),
        followers.app.create_app(followers.config.Config(**common("followers"), users_url=USERS)),
        web.app.create_app(WEB),
    )
    yield world
    for app, models in databases(world).values():
        with app.app_context():
            models.db.engine.dispose()


def emptied(world: World) -> World:
    """The same world, in which nobody has an account and nothing was ever said."""
    for app, models in databases(world).values():
        with app.app_context():
            empty(models.db)
    _connect(world)
    return world


def databases(world: World) -> dict[str, tuple[Flask, Any]]:
    """By schema: the app that owns it, and its models."""
    return {name: (getattr(world, name), import_module(f"{name}.models")) for name in SCHEMAS}


def _connect(world: World) -> None:
    """New clients, since the old ones may remember names, and nobody known to web."""
    messages.authors.init_app(world.messages, USERS)
    followers.people.init_app(world.followers, USERS)
    web.providers.init_app(world.web, WEB)
    connect(messages.authors.of(world.messages).provider, world.users)
    connect(followers.people.of(world.followers).provider, world.users)
    web.visitor.forget_all(world.web)
    clients = web.providers.of(world.web)
    for name in ("users", "messages", "followers"):
        connect(getattr(clients, name).provider, getattr(world, name))
    for provider in web.latest.of(world.web).providers:
        connect(provider, getattr(world, provider.name))
