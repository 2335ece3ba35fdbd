"""What this service is told at boot."""

from dataclasses import dataclass

from chassis.config import DatabaseConfig, HttpUrl


@dataclass(frozen=True, kw_only=True)
class Config(DatabaseConfig):
    """Its database, its keys, and where users is."""

    users_url: HttpUrl
