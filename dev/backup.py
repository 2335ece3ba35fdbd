"""Backups of the local system, without Docker; STATE names its folder.

python -m dev.backup backup          of the running system
python -m dev.backup restore DUMP    into a system that is not running, or a new one
python -m dev.backup drill DUMP      into a throwaway cluster
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dev import ports, postgres, privileges, run, services
from dev.state import State
from dev.system import database_url, exit_status, folder, running
from dev.trouble import Trouble
from infra.backup import drill, dump
from infra.backup import restore as restoring
from infra.backup.store import NEWEST, Dump, Store

FOLDER = "backups"


def main() -> int:
    return exit_status(work, "run it again to begin anew")


def work() -> None:
    # The wheel's programs take precedence over any older ones of this machine.
    programs = Path(postgres.program("pg_dump")).parent
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    verb, *named = sys.argv[1:] or ["nothing"]
    if verb == "backup":
        return backup()
    if verb not in ("restore", "drill"):
        raise Trouble(f"use backup, restore FILE or drill FILE, not {' '.join(sys.argv[1:])}")
    if not named:
        raise Trouble(f"which dump? make {verb} LOCAL=yes FILE=path.dump (or newest)")
    given = _dump(named[0])
    return restore(given) if verb == "restore" else rehearse(given)


def backup() -> None:
    """Take a dump into STATE/backups, which nobody else may read, and print its path."""
    os.umask(0o077)
    state = _state()
    url = database_url(running(state.folder), "postgres")
    print(dump.take(url, Store(state.folder / FOLDER).dumps).file)


def restore(given: Dump) -> None:
    """Restore a dump into the state folder's database, which is stopped again afterwards.

    A folder without a database and secrets gets them first.
    """
    state = _state()
    privileges.re_execute(state.claim(), state.folder, ["-m", __spec__.name, *sys.argv[1:]])
    os.umask(0o077)
    state.open()
    # Not PORT: this starts no gateway, and another system may be using that port.
    layout = run.prepare(state, ports.free(20_000))
    force = os.environ.get("FORCE") == "yes"
    with layout.cluster.process(layout.state.log("postgres")).running("FATAL", "PANIC"):
        url, known = layout.cluster.admin_url, layout.secrets.passwords
        dropped = restoring.restore(url, given, known, force=force)
        # As it was taken, which may have been before a migration, or before a service was added.
        print(restoring.with_dropped(restoring.proved(url, given, known), dropped))
        services.make_schemas(layout)
        services.migrate(layout)


def rehearse(given: Dump) -> None:
    print(drill.prove(given, "", _state().folder, _throwaway))


@contextmanager
def _throwaway(_folder: Path) -> Iterator[str]:
    with TemporaryDirectory() as name, postgres.cluster(Path(name) / "drill") as made:
        yield made.admin_url


def _dump(name: str) -> Dump:
    """The dump in a file, or the newest of those in STATE/backups."""
    given = Store(_state().folder / FOLDER).dump(
        name if name == NEWEST else str(Path(name).absolute())
    )
    if not given.file.exists():
        raise Trouble(f"there is no dump {given.file}")
    return given


def _state() -> State:
    return State(folder().absolute())


if __name__ == "__main__":
    sys.exit(main())
