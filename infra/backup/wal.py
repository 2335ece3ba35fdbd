"""Receives WAL continuously, and takes the base backups that it is replayed on."""

import logging
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from json import loads
from pathlib import Path
from threading import Thread
from typing import IO

from infra.backup.dump import sha256
from infra.backup.postgres import addressed, ask, connected, run
from infra.backup.store import Store, parsed, publish, stamp
from infra.trouble import Trouble

SLOT = "backup"
ASIDE = ".old"
BASE_EVERY, BASE_RATE = timedelta(days=7), "32M"
_SEGMENT = 16 * 1024 * 1024
# Timeline and position, eight and sixteen digits.
_NAME = "[0-9A-F]" * 24
# Whether WAL was lost; whether all but the last segment's worth is received.
_SLOT = """
    SELECT wal_status = 'lost',
        active AND pg_wal_lsn_diff(pg_current_wal_flush_lsn(), restart_lsn) < %s
    FROM pg_replication_slots WHERE slot_name = %s
"""
log = logging.getLogger(__name__)


def system(url: str) -> str:
    """The system identifier, which tells this cluster from every other."""
    with connected(url) as connection:
        ((number,),) = ask(connection, "SELECT system_identifier FROM pg_control_system()")
        return str(number)


class Receiver:
    """Runs pg_receivewal into the cluster's folder; that reconnects to a cluster by itself."""

    def __init__(self, url: str, store: Store) -> None:
        self.url, self.store = url, store
        self.is_current = False
        self._child: subprocess.Popen[bytes] | None = None

    def tend(self) -> None:
        """Start the program if it is not running; from scratch if WAL was lost meanwhile."""
        with connected(self.url) as connection:
            slot = ask(connection, _SLOT, _SEGMENT, SLOT)
        ((lost, current),) = slot or [(False, False)]
        self.is_current = bool(current)
        if lost:
            self._give_up()
        elif not slot:
            # Another cluster is there now, and the program would ask it for ever for its old slot.
            self.stop()
        if not self.is_alive():
            self._start()

    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """Stop the program; what it has received is on disk already."""
        if self._child:
            self._child.terminate()
            self._child.wait()

    def _give_up(self) -> None:
        """Drop the slot; from then on only status.json says that a base backup is needed."""
        log.error("WAL was lost while nothing received it: a base backup follows")
        self.store.note(base_needed=datetime.now(UTC).isoformat(timespec="seconds"))
        self.stop()
        set_aside(self.store.wal(system(self.url)))
        run("pg_receivewal", "--drop-slot", f"--slot={SLOT}", url=self.url)

    def _start(self) -> None:
        folder = self.store.wal(system(self.url))
        folder.mkdir(parents=True, exist_ok=True)
        slot = ["pg_receivewal", f"--slot={SLOT}"]
        run(*slot, "--create-slot", "--if-not-exists", url=self.url)
        arguments = [*slot, f"--directory={folder}", "--synchronous", "--no-password"]
        command, environment = addressed(*arguments, url=self.url)
        self._child = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        Thread(target=_pass_on, args=(self._child.stderr,), daemon=True).start()


def _pass_on(stream: IO[bytes]) -> None:
    """Log what the program says as this process's own lines."""
    with stream:
        for line in stream:
            log.warning("%s", line.decode(errors="replace").strip())


def set_aside(folder: Path) -> None:
    """Rename what was received, or pg_receivewal would ask for the WAL after it, which is lost."""
    for path in sorted(segments(folder)):
        path.rename(folder / f"{path.name[:24]}{ASIDE}")


def segments(folder: Path) -> Iterator[Path]:
    """WAL segments that are complete, partial or set aside.

    Timelines' histories are not among them: without its history no WAL of a timeline is found.
    """
    return folder.glob(f"{_NAME}*")


def bases(store: Store, of: str) -> list[Path]:
    """The base backups of a cluster, in the order of its WAL: a clock may have been wrong."""
    return sorted(store.bases(of).glob("*Z"), key=first_segment)


def is_due(store: Store, of: str, now: datetime) -> bool:
    known = bases(store, of)
    # One from the future, of a clock that was ahead, counts as none.
    return not known or not timedelta(0) <= now - parsed(known[-1].name) < BASE_EVERY


def take_base(url: str, store: Store, now: datetime | None = None) -> Path:
    """Copy the cluster's files, and verify them against its own list of them.

    Copies at BASE_RATE, so that no request has to wait long for the disk or a processor.
    """
    folder = store.bases(system(url))
    draft = folder / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    how = ["--checkpoint=fast", "--wal-method=stream", f"--max-rate={BASE_RATE}"]
    checked = ["--manifest-checksums=SHA256", "--no-password"]
    run("pg_basebackup", f"--pgdata={draft}", *how, *checked, url=url)
    verify(draft)
    return publish(draft, folder / stamp(now or datetime.now(UTC)))


def verify(base: Path) -> None:
    """Trouble if a file differs from what the cluster said it sent."""
    for entry in loads((base / "backup_manifest").read_text())["Files"]:
        path = base / entry["Path"]
        if not path.exists() or sha256(path) != entry["Checksum"]:
            raise Trouble(f"{path} is not what the cluster sent")


def forget(store: Store, of: str, keep: int) -> None:
    """Remove all but the newest `keep` base backups, and the WAL that only they needed."""
    known = bases(store, of)
    for base in known[:-keep]:
        shutil.rmtree(base)
    for base in known[-keep:][:1]:
        first = first_segment(base)
        for path in segments(store.wal(of)):
            # The first eight digits are the timeline, which says nothing about age.
            if path.name[8:24] < first:
                path.unlink()


def first_segment(base: Path) -> str:
    """The last sixteen digits of the oldest WAL file that a base backup needs."""
    ranges = loads((base / "backup_manifest").read_text())["WAL-Ranges"]
    high, _, low = str(ranges[0]["Start-LSN"]).partition("/")
    return f"{int(high, 16):08X}{int(low, 16) // _SEGMENT:08X}"
