"""The other services, as this app reaches them."""

from dataclasses import dataclass

from flask import Flask, current_app

from chassis.http_client import Provider
from web.clients.followers import Followers
from web.clients.messages import Messages
from web.clients.users import Users
from web.config import Config

_EXTENSION = "minitwit_providers"


@dataclass(frozen=True)
class Providers:
    users: Users
    messages: Messages
    followers: Followers


def init_app(app: Flask, config: Config) -> None:
    """Let routes ask for `providers()`."""
    app.extensions[_EXTENSION] = Providers(
        Users(Provider("users", config.users_url), config.threads // 2),
        Messages(Provider("messages", config.messages_url)),
        Followers(Provider("followers", config.followers_url)),
    )


def of(app: Flask) -> Providers:
    """The clients of an app."""
    found: Providers = app.extensions[_EXTENSION]
    return found


def providers() -> Providers:
    """The clients of the app at hand."""
    return of(current_app)
