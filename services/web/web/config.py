"""What web is told."""

from dataclasses import dataclass

from chassis.config import Config as CommonConfig
from chassis.config import HttpUrl, Secret


@dataclass(frozen=True, kw_only=True)
class Config(CommonConfig):
    """`secret_keys` sign the cookie: the first one now, the others until nobody holds theirs."""

    users_url: HttpUrl
    messages_url: HttpUrl
    followers_url: HttpUrl
    secret_keys: Secret
    secure_cookies: bool = False
