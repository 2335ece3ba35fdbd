"""The backups' folder: where everything is, which dumps are kept, and a lock for its users.

    dumps/minitwit-20261122T030000Z.{dump,globals.sql,json}   wal-SYSTEM/   base-SYSTEM/20261122T…/
    status.json   lock   beat

SYSTEM is the cluster's own number: in one folder, two clusters' WAL could not be told apart.
"""

import fcntl
import json
import math
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from infra.trouble import Trouble

STAMP = "%Y%m%dT%H%M%SZ"
NEWEST = "newest"
POLL_SECONDS = 0.2
BUSY = (
    "a round, a drill or another restore is running, and ends by itself unless it hangs;"
    " `docker service scale minitwit_backup=0` ends a round"
)


@dataclass(frozen=True)
class Dump:
    """One dump, by its file; complete only if its manifest, written last, is there."""

    file: Path

    @property
    def manifest(self) -> Path:
        return self.file.with_suffix(".json")

    @property
    def globals(self) -> Path:
        return self.file.with_suffix(".globals.sql")

    @property
    def draft(self) -> Path:
        return self.file.with_suffix(".draft")

    @property
    def taken_at(self) -> datetime:
        return parsed(self.file.stem.rpartition("-")[2])

    def content(self) -> dict[str, Any]:
        """The manifest; Trouble if there is none, or no whole one."""
        try:
            content: dict[str, Any] = json.loads(self.manifest.read_text())
        except OSError as error:
            raise Trouble(f"{error.filename}: {error.strerror}; a dump needs its .json") from None
        except ValueError:
            raise Trouble(f"{self.manifest} is damaged; a dump needs its .json") from None
        return content

    def schemas(self) -> list[str]:
        return schemas_of(self.content()["tables"])

    def remove(self) -> None:
        """Remove all its files, the manifest first: without that, the others are no dump."""
        for path in (self.manifest, *self.file.parent.glob(f"{self.file.stem}.*")):
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Store:
    """Everything below one folder."""

    folder: Path

    @property
    def dumps(self) -> Path:
        return self.folder / "dumps"

    def wal(self, system: str) -> Path:
        return self.folder / f"wal-{system}"

    def bases(self, system: str) -> Path:
        return self.folder / f"base-{system}"

    def whole(self) -> list[Dump]:
        """The complete dumps, oldest first."""
        return [Dump(path.with_suffix(".dump")) for path in sorted(self.dumps.glob("*-*Z.json"))]

    def dump(self, name: str) -> Dump:
        """The dump of a name or path; `newest` is a name, too."""
        if name != NEWEST:
            path = Path(name)
            return Dump(path if path.is_absolute() else self.dumps / name)
        if not (found := self.newest(datetime.now(UTC))):
            others = " but from the future: a clock was wrong, or is" if self.whole() else ""
            raise Trouble(f"there is no dump in {self.dumps}{others}")
        return found

    def newest(self, now: datetime) -> Dump | None:
        """The newest whole dump; one from the future, of a clock that was ahead, is none."""
        known = [dump for dump in self.whole() if dump.taken_at <= now]
        return known[-1] if known else None

    def ahead(self, now: datetime) -> list[Dump]:
        """The whole dumps from the future."""
        return [dump for dump in self.whole() if dump.taken_at > now]

    def forget(self, days: int, weeks: int, now: datetime) -> None:
        """Remove the dumps that are not to be kept any longer; those from the future stay.

        With a clock that is behind, these are all the others.
        """
        known = {dump.taken_at: dump for dump in self.whole() if dump.taken_at <= now}
        for moment in known.keys() - kept(known, days, weeks):
            known[moment].remove()

    def sweep(self) -> None:
        """Remove the remains of interrupted dumps and drills; only to be called when `alone`."""
        names = {path.name.partition(".")[0] for path in self.dumps.glob("minitwit-*Z.*")}
        for dump in {Dump(self.dumps / f"{name}.dump") for name in names} - {*self.whole()}:
            dump.remove()
        for path in self.folder.glob("drill-*"):
            shutil.rmtree(path)

    def status(self) -> dict[str, Any]:
        """What is known of the last dump, its proof, base backups, the WAL; empty at first."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "status.json").read_text())
        except (OSError, ValueError):
            return {}
        return found

    def dump_at(self, now: datetime) -> datetime | None:
        """When the newest whole dump was taken."""
        found = self.newest(now)
        return found.taken_at if found else None

    def round_at(self) -> datetime | None:
        """When the dump of the last complete round was taken."""
        at = self.status().get("round_at")
        return datetime.fromisoformat(at) if at else None

    def note(self, **news: Any) -> None:
        """Change these entries of status.json."""
        with self._locked("status.lock"):
            write_json(self.folder / "status.json", self.status() | news)

    def beat(self) -> None:
        """Touch a file to show that the keeper's loop runs; that works on a full volume, too."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "beat").touch()

    def last_beat(self) -> datetime | None:
        try:
            return datetime.fromtimestamp((self.folder / "beat").stat().st_mtime, UTC)
        except OSError:
            return None

    @contextmanager
    def alone(self, patience: float = math.inf) -> Iterator[None]:
        """Keep others from taking, proving or removing backups during the block.

        Waits until they have finished: for ever, or until Trouble after `patience` seconds.
        """
        with self._locked("lock", patience):
            yield

    @contextmanager
    def _locked(self, name: str, patience: float = math.inf) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + patience
        with (self.folder / name).open("a") as lock:
            while not _is_taken(lock):
                if time.monotonic() > deadline:
                    raise Trouble(BUSY)
                time.sleep(POLL_SECONDS)
            yield


def _is_taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def kept(moments: Iterable[datetime], days: int, weeks: int) -> set[datetime]:
    """All of the last `days` days that have any, and the last of each of the last `weeks` weeks.

    One day's may differ: some may be from before something went wrong, and some from after.
    """
    by_day: dict[object, list[datetime]] = {}
    last_of_week: dict[object, datetime] = {}
    for moment in sorted(moments, reverse=True):
        by_day.setdefault(moment.date(), []).append(moment)
        last_of_week.setdefault(moment.isocalendar()[:2], moment)
    return {*chain(*list(by_day.values())[:days]), *list(last_of_week.values())[:weeks]}


def schemas_of(tables: Iterable[str]) -> list[str]:
    """The schemas in which these tables are, each of which is named `schema.table`."""
    return sorted({name.partition(".")[0] for name in tables})


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    write(path, json.dumps(content, indent=2) + "\n")


def write(path: Path, text: str) -> None:
    """Write a file: after a power cut it is the old one or the new one, and whole."""
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    publish(draft, path)


def publish(draft: Path, path: Path) -> Path:
    """Give a file or folder that is on the disk its name, and keep that on the disk too."""
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(STAMP)


def parsed(text: str) -> datetime:
    return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
