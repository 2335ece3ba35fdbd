"""The settings of the commands in this package; see chassis.config for how they are read."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from chassis.config import PREFIX, Address, Config, ConfigError, Secret, load
from infra.backup.store import Store

TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, kw_only=True)
class Settings(Config):
    """`account` is a known account of the application as NAME:PASSWORD; `time` is in UTC.

    `bind` is where the keeper shows its metrics; `backup_password` is for its role.
    """

    bind: Address = Address("127.0.0.1:9100")
    folder: str = "/backups"
    database_url: Secret = Secret("")
    admin_database_url: Secret = Secret("")
    backup_password: Secret = Secret("")
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
    return load(Settings, os.environ)
