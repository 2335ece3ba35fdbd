"""What the service is told at boot."""

from collections.abc import Iterator
from dataclasses import dataclass

from chassis.config import ConfigError, DatabaseConfig, PositiveInt, Secret
from users.tokens import Issuer

_HIGHEST = {
    "access_token_seconds": 3_600,
    "session_days": 400,
    "password_min_length": 100,
    "hash_concurrency": 64,
}


@dataclass(frozen=True, kw_only=True)
class Config(DatabaseConfig):
    """The signing key is PEM and belongs to one of the public keys; numbers have upper bounds.

    Half of the threads may wait to check a password. A check takes some 20 ms, so 32 people who log
    in at the same moment are done within a second if the machine does little else.
    """

    token_signing_key: Secret
    access_token_seconds: PositiveInt = PositiveInt(300)
    session_days: PositiveInt = PositiveInt(30)
    password_min_length: PositiveInt = PositiveInt(1)
    hash_concurrency: PositiveInt = PositiveInt(2)
    threads: PositiveInt = PositiveInt(64)

    def __post_init__(self) -> None:
        problems = [*self._too_high(), *self._key_problems()]
        if problems:
            raise ConfigError(problems)

    def _too_high(self) -> Iterator[str]:
        for name, highest in _HIGHEST.items():
            if getattr(self, name) > highest:
                yield f"MINITWIT_{name.upper()}: must be at most {highest}"

    def _key_problems(self) -> list[str]:
        try:
            Issuer(self.token_signing_key, self.token_public_keys)
        except ConfigError as error:
            return error.problems
        return []
