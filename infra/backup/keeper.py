"""The backup service: receives WAL all the time, backs up every night, and reports how it goes.

`python -m infra.backup.keeper` logs in JSON lines, and keeps status.json for other programs.
"""

import logging
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import psycopg2

from chassis import logs
from chassis.config import ConfigError
from infra.backup import metrics
from infra.backup.now import back_up, back_up_base, end_round
from infra.backup.settings import Settings, read
from infra.backup.wal import Receiver
from infra.trouble import Trouble

INTERVAL_SECONDS = 10.0
AGAIN_AFTER = timedelta(minutes=10)
log = logging.getLogger("backup")


def is_due(last: datetime | None, now: datetime, at: str) -> bool:
    """Whether `last`, a dump's or a complete round's, is before the last time that one was due.

    A clock that was ahead once says nothing: its time, still in the future, counts as none.
    """
    hour, minute = map(int, at.split(":"))
    today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if last is None or last > now:
        return True
    return last < (today if today <= now else today - timedelta(days=1))


def begun(work: Callable[[Settings], str], settings: Settings) -> Future[str]:
    """Do `work` in a daemon thread; the future of its result."""
    outcome: Future[str] = Future()

    def perform() -> None:
        try:
            outcome.set_result(work(settings))
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=perform, daemon=True).start()
    return outcome


def sweep(settings: Settings) -> str:
    """Remove the remains of an interrupted round, which may be what fills the volume."""
    with settings.store.alone():
        settings.store.sweep()
    return "nothing unfinished is left in the volume"


class Keeper:
    """One thread waits and keeps the WAL coming; another one does the work, when there is any."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.receiver = Receiver(settings.database_url, settings.store)
        self.over = Event()
        self._work: Future[str] | None = None
        self._failed_at = datetime.min.replace(tzinfo=UTC)

    def run(self) -> None:
        """Run until told to stop; work is abandoned then, and the next run removes its remains."""
        self._work = begun(sweep, self.settings)
        while not self.over.is_set():
            self.step(datetime.now(UTC))
            self.over.wait(INTERVAL_SECONDS)
        self.receiver.stop()

    def step(self, now: datetime) -> None:
        if self.settings.wal:
            self._tend()
        self._hear(now)
        if self._work is None and not self._failed_at <= now < self._failed_at + AGAIN_AFTER:
            self._begin(now)
        self._tell(now)

    def _begin(self, now: datetime) -> None:
        """Begin a round if one is due, or finish one; else take a base backup if one is needed."""
        store, at = self.settings.store, self.settings.time
        if is_due(store.dump_at(now), now, at):
            self._work = begun(back_up, self.settings)
        elif is_due(store.round_at(), now, at):
            self._work = begun(end_round, self.settings)
        elif self.settings.wal and store.status().get("base_needed"):
            self._work = begun(back_up_base, self.settings)

    def _tend(self) -> None:
        """Keep the WAL coming; if the database is away, just wait: no WAL is lost by that."""
        try:
            self.receiver.tend()
        except (psycopg2.Error, Trouble, OSError) as error:
            self.receiver.is_current = False
            log.warning("no WAL is received: %s", str(error).strip())

    def _tell(self, now: datetime) -> None:
        """Record that the loop is running, even if the volume is too full for anything else."""
        store, moment = self.settings.store, now.isoformat(timespec="seconds")
        news = {"received_at": moment} if self.receiver.is_current else {}
        try:
            store.beat()
            # Whatever there is to note: that it can be written is known by this alone.
            store.note(receiving=self.receiver.is_alive(), **news)
        except OSError as error:
            log.error("status.json can't be written: %s", error)

    def _hear(self, now: datetime) -> None:
        """Log how finished work went; what failed is tried again later."""
        if self._work is None or not self._work.done():
            return
        error = self._work.exception()
        if error is None:
            verified = self.settings.store.status().get("verified_at")
            log.info("%s", self._work.result(), extra={"minitwit.backup.verified_at": verified})
        else:
            self._failed_at = now
            log.error("the backup failed: %s", error, exc_info=error)
        self._work = None


def main() -> int:
    """Exit status 2 with a line for each problem when the configuration is not usable."""
    try:
        settings = read()
    except ConfigError as error:
        return logs.refuse("backup", error)
    logs.start("backup", settings)
    metrics.serve(settings.store, settings.bind, settings.wal)
    keeper = Keeper(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: keeper.over.set())
    log.info("a dump every day at %s UTC, WAL %s", settings.time, settings.wal)
    keeper.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
