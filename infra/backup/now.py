"""One round of backups: a dump, its proof, a base backup when it is time, and tidying up.

`python -m infra.backup.now` does it at once; the keeper does it every night.
"""

import sys
from datetime import UTC, datetime

from infra.backup import drill, dump, wal
from infra.backup.postgres import exit_status
from infra.backup.settings import Settings, read
from infra.backup.store import NEWEST, Dump

DAYS, WEEKS, BASES = 7, 4, 2


def back_up(settings: Settings) -> str:
    """Take a dump and complete the round; returns in one line what is proved of the dump."""
    store = settings.store
    with store.alone():
        store.sweep()
        known = settings.account.partition(":")[0]
        taken = dump.take(settings.database_url, store.dumps, account=known)
        return _see_through(settings, taken)


def end_round(settings: Settings) -> str:
    """Complete a round that failed after its dump; returns in one line what is proved of that."""
    store = settings.store
    with store.alone():
        store.sweep()
        return _see_through(settings, store.dump(NEWEST))


def _see_through(settings: Settings, taken: Dump) -> str:
    settings.store.note(dumped_at=taken.taken_at.isoformat(), dump=taken.file.name)
    if settings.wal:
        keep_bases(settings)
    # Nothing older is removed before the new one is proved.
    line = drill.prove_and_note(settings, taken)
    now = datetime.now(UTC)
    settings.store.forget(DAYS, WEEKS, now)
    settings.store.note(round_at=taken.taken_at.isoformat())
    ahead = ", ".join(dump.file.name for dump in settings.store.ahead(now))
    return f"{line}; from the future, so to be removed by hand: {ahead}" if ahead else line


def back_up_base(settings: Settings) -> str:
    """Take a base backup that can't wait for the next round; returns a line that names it."""
    store = settings.store
    with store.alone():
        store.sweep()
        keep_bases(settings)
    return f"new base backup {store.status()['base']}"


def keep_bases(settings: Settings) -> None:
    """Take a base backup if one is needed or the last is a week old; remove the outdated ones."""
    store, of = settings.store, wal.system(settings.database_url)
    needed = store.status().get("base_needed")
    if needed or wal.is_due(store, of, datetime.now(UTC)):
        base = wal.take_base(settings.database_url, store)
        # If WAL was lost again meanwhile, the new base backup may be from before that.
        since = store.status().get("base_needed")
        store.note(base=base.name, base_needed=None if since == needed else since)
    wal.forget(store, of, BASES)


def main() -> None:
    print(back_up(read()))


if __name__ == "__main__":
    sys.exit(exit_status(main))
