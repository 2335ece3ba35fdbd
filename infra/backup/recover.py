"""Recover a cluster to a point in time, from a base backup and the WAL since then.

`python -m infra.backup.recover DATA-FOLDER [2026-11-22T14:05:00Z]` makes a cluster's files;
a server that is started on them replays the WAL and then accepts connections.
"""

import re
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from infra.backup.postgres import exit_status, run
from infra.backup.settings import read
from infra.backup.store import Store, parsed
from infra.backup.wal import ASIDE
from infra.trouble import Trouble


def prepare(base: Path, wal: Path, data: Path, until: datetime | None = None) -> None:
    """Make `data` a cluster that starts from `base` and replays `wal`, up to `until`."""
    if data.exists() and any(data.iterdir()):
        raise Trouble(f"{data} is not empty")
    shutil.copytree(base, data, dirs_exist_ok=True)
    data.chmod(0o700)
    # The newest WAL is in a segment that is not full yet (.partial).
    fetch = " || ".join(f'cp "{wal}/%f{end}" "%p" 2>/dev/null' for end in ("", ".partial", ASIDE))
    lines = [f"restore_command = '{fetch}'", "recovery_target_action = 'promote'"]
    lines += _sizes(run("pg_controldata", str(data)))
    if until:
        lines.append(f"recovery_target_time = '{until.isoformat()}'")
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write("\n".join(["", *lines, ""]))
    (data / "recovery.signal").touch()


def _sizes(control: str) -> list[str]:
    """The settings of the server that wrote the WAL: with lower ones a server can't replay it."""
    found = re.findall(r"^(max_\w+) setting: +(\d+)$", control, re.MULTILINE)
    return [f"{name.replace('_xact', '_transaction')} = {value}" for name, value in found]


def newest_base(store: Store, until: datetime | None) -> Path:
    """The base backup to start from: the last one before `until`, and none from the future."""
    known = sorted(store.folder.glob("base-*/*Z"), key=lambda base: base.name)
    fitting = [base for base in known if parsed(base.name) < (until or datetime.now(UTC))]
    if not fitting:
        raise Trouble(f"there is no base backup before {until or 'now'} in {store.folder}")
    return fitting[-1]


def moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Trouble(f"{text} is no moment like 2026-11-22T14:05:00Z") from None
    if found.tzinfo is None:
        raise Trouble(f"{text} needs its time zone: 2026-11-22T14:05:00Z")
    return found


def main() -> None:
    store = read().store
    if len(sys.argv) not in (2, 3):
        raise Trouble("use DATA-FOLDER, or DATA-FOLDER 2026-11-22T14:05:00Z")
    data, *named = sys.argv[1:]
    until = moment(named[0]) if named else None
    base = newest_base(store, until)
    wal = store.wal(base.parent.name.partition("-")[2])
    prepare(base, wal, Path(data), until)
    print(f"{data}: {base.name}, then the WAL up to {until or 'its end'}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
