"""The settings of the commands in this package; see chassis.config for how they are read."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from chassis.config import PREFIX, Address, Config, ConfigError, Secret, load
from infra.backup.store import Store

TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
_PASSWORD = re.compile(r"MINITWIT_(\w+)_PASSWORD_FILE")


@dataclass(frozen=True, kw_only=True)
class Settings(Config):
    """`account` is a known account of the application as NAME:PASSWORD; `time` is in UTC.

    `bind` is where the keeper shows its metrics.
    """

    bind: Address = Address("127.0.0.1:9100")
    folder: str = "/backups"
    database_url: Secret = Secret("")
    admin_database_url: Secret = Secret("")
    account: Secret = Secret("")
    time: str = "03:00"
    wal: bool = True
    force: bool = False

    def __post_init__(self) -> None:
        if not TIME.fullmatch(self.time):
            raise ConfigError([f"{PREFIX}TIME: must be a time of day like 03:00"])

    @property
    def store(self) -> Store:
        return Store(Path(self.folder))


def read() -> Settings:
    known = {name: value for name, value in os.environ.items() if not _PASSWORD.fullmatch(name)}
    return load(Settings, known)


def passwords() -> dict[str, str]:
    """Passwords by role, each from the file that MINITWIT_ROLE_PASSWORD_FILE names."""
    named = ((_PASSWORD.fullmatch(name), path) for name, path in os.environ.items())
    return {found[1].lower(): Path(path).read_text().strip() for found, path in named if found}
