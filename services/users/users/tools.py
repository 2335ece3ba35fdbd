"""What the routes need of the configuration, made once at boot."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, current_app

from users.config import Config
from users.hashing import Hasher
from users.tokens import Issuer

EXTENSION = "minitwit_users_tools"


@dataclass(frozen=True)
class Tools:
    hasher: Hasher
    issuer: Issuer
    session_lifetime: timedelta
    password_min_length: int


def init_app(app: Flask, config: Config) -> None:
    """Let routes ask for `tools()`."""
    app.extensions[EXTENSION] = Tools(
        hasher=Hasher(config.hash_concurrency, checks=max(1, config.threads // 2)),
        issuer=Issuer(
            config.token_signing_key, config.token_public_keys, config.access_token_seconds
        ),
        session_lifetime=timedelta(days=config.session_days),
        password_min_length=config.password_min_length,
    )


def of(app: Flask) -> Tools:
    """The tools of an app."""
    found: Tools = app.extensions[EXTENSION]
    return found


def tools() -> Tools:
    """The tools of the app at hand."""
    return of(current_app)
