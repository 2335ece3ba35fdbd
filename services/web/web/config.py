"""The settings of web."""

from dataclasses import dataclass

from chassis.config import Config as CommonConfig
from chassis.config import ConfigError, HttpUrl, PositiveInt, Secret


@dataclass(frozen=True, kw_only=True)
class Config(CommonConfig):
    """`secret_keys` sign the cookie: the first one now, the others until nobody holds theirs.

    `password_min_length` is what users asks for; forms tell it beforehand.

    web spends most of its time waiting for the other services: when these are slow, a small number
    of threads would soon all be waiting. At most half may wait for a password's hash, so that
    guessing holds up no pages.
    """

    users_url: HttpUrl
    messages_url: HttpUrl
    followers_url: HttpUrl
    secret_keys: Secret
    secure_cookies: bool = False
    password_min_length: PositiveInt = PositiveInt(1)
    threads: PositiveInt = PositiveInt(64)

    def __post_init__(self) -> None:
        if not all(self.cookie_keys):
            raise ConfigError(["MINITWIT_SECRET_KEYS: one of them is empty"])
        if self.threads < 2:
            raise ConfigError(["MINITWIT_THREADS: must be at least 2"])

    @property
    def cookie_keys(self) -> list[str]:
        """The current one first."""
        return [key.strip() for key in self.secret_keys.split(",")]
