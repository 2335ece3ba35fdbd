"""The state folder: whose it is, what lies where in it, and that only one system uses it."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

from dev import privileges
from dev.trouble import Trouble

_MARK = "minitwit"
_DATABASE_MADE = "database_made"
_FOLDERS = ("secrets/urls", "postgres", "gateway", "logs", "services", "held")


class State:
    """Paths in a state folder; nothing is touched before `claim` and `open`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secrets = folder / "secrets"
        self.urls = self.secrets / "urls"
        self.postgres = folder / "postgres"
        self.gateway = folder / "gateway"
        self.services = folder / "services"
        self.logs = folder / "logs"
        self.held = folder / "held"
        self.system = folder / "system.json"
        self._lock: IO[str] | None = None

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def claim(self) -> int:
        """Make the folder if need be; returns the user who is to run the system in it.

        For anybody but root that is they themselves; for root it is the folder's owner, or the
        user `nobody` if root owns it.
        """
        try:
            self._mark()
        except FileExistsError:
            raise Trouble(f"{self.folder} is a file; STATE must name a folder.") from None
        except OSError as error:
            raise Trouble(f"{self.folder} can't be made or entered: {error.strerror}.") from None
        owner = privileges.owner(self.folder)
        if not privileges.is_root():
            if owner != os.geteuid():
                name = privileges.user_name(owner)
                raise Trouble(f"{self.folder} belongs to {name}; name another one with STATE=.")
            return owner
        user = owner or privileges.stand_in()
        privileges.hand_over(self.folder, user)
        return user

    def _mark(self) -> None:
        """A folder that holds something else is left alone, above all by root."""
        self.folder.mkdir(parents=True, exist_ok=True)
        mark = self.folder / _MARK
        if mark.exists():
            return
        if any(self.folder.iterdir()):
            raise Trouble(f"{self.folder} is not empty and is no state folder of MiniTwit.")
        mark.write_text("The state of a MiniTwit that `make run` started.\n")

    def open(self) -> None:
        """Hold the folder until this process ends; Trouble when another one holds it."""
        try:
            self._lock = (self.folder / "lock").open("a+")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for name in _FOLDERS:
                (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            for held in self.held.iterdir():
                held.unlink()
        except BlockingIOError:
            where = self.running().get("url", "still starting")
            raise Trouble(f"it runs from {self.folder} already ({where}).") from None
        except OSError as error:
            raise Trouble(f"{error.filename}: {error.strerror}.") from None

    def is_held(self, name: str) -> bool:
        """Whether a process was stopped on purpose, and is not to be started again."""
        return (self.held / name).exists()

    def has_database(self) -> bool:
        """Whether a database was ever made here; if its files are gone now, that is damage."""
        return (self.secrets / _DATABASE_MADE).exists() or (self.postgres / "data").exists()

    def remember_database(self) -> None:
        (self.secrets / _DATABASE_MADE).write_text("Its passwords are the ones beside this.\n")

    def running(self) -> dict[str, Any]:
        """What system.json tells; empty when there is none that can be read."""
        try:
            content = json.loads(self.system.read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def ended_badly(self) -> bool:
        """Whether the last system in here was killed: else it has removed system.json."""
        return self.system.exists()

    def announce(self, system: dict[str, Any]) -> None:
        """Write system.json whole or not at all."""
        draft = self.system.with_suffix(".draft")
        draft.write_text(json.dumps(system, indent=2) + "\n")
        draft.rename(self.system)
