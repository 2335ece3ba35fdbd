"""What the routes need of the configuration, made once at boot."""

from dataclasses import dataclass
from datetime import timedelta

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


def make(config: Config) -> Tools:
    return Tools(
        hasher=Hasher(config.hash_concurrency, checks=max(1, config.threads // 2)),
        issuer=Issuer(
            config.token_signing_key, config.token_public_keys, config.access_token_seconds
        ),
        session_lifetime=timedelta(days=config.session_days),
        password_min_length=config.password_min_length,
    )
