"""Take a dump, and a manifest of what is in it, both from the same snapshot.

`python -m infra.backup.dump` dumps the cluster that DATABASE_URL names, such as one that was
recovered to a point in time, and prints the dump's name.
"""

import hashlib
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.backup import facts
from infra.backup.postgres import Connection, ask, connected, exit_status, run
from infra.backup.settings import read
from infra.backup.store import Dump, publish, schemas_of, stamp, write, write_json
from infra.trouble import Trouble

LOCK_WAIT = "60s"


def take(url: str, folder: Path, now: datetime | None = None, *, account: str = "") -> Dump:
    """Dump the services' schemas at `url` into `folder`, while others go on writing to them.

    The manifest counts the rows of the snapshot that pg_dump reads, so a restored database can
    be compared with it row for row. Roles' passwords are not dumped: they stay with the secrets.
    `account` is the name of a known account in that database. Trouble if that holds no table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    moment = now or datetime.now(UTC)
    dump = Dump(folder / f"minitwit-{stamp(moment)}.dump")
    draft = dump.draft
    with connected(url) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        ((snapshot,),) = ask(connection, "SELECT pg_export_snapshot()")
        options = [f"--snapshot={snapshot}", f"--lock-wait-timeout={LOCK_WAIT}", f"--file={draft}"]
        manifest = _manifest(connection, moment) | {"account": account}
        # Without a name it would dump all schemas, and of `public` what no restore can put back.
        options += [f'--schema="{name}"' for name in schemas_of(manifest["tables"])]
        run("pg_dump", "--format=custom", *options, url=url)
    write(dump.globals, run("pg_dumpall", "--globals-only", "--no-role-passwords", url=url))
    publish(draft, dump.file)
    write_json(dump.manifest, manifest | {"sha256": sha256(dump.file)})
    return dump


def _manifest(connection: Connection, moment: datetime) -> dict[str, Any]:
    ((version,),) = ask(connection, "SHOW server_version")
    tables = {name: asdict(table) for name, table in facts.tables(connection).items()}
    if not tables:
        raise Trouble("The database holds no table, as in the middle of a restore: not dumped.")
    return {
        "taken_at": moment.astimezone(UTC).isoformat(timespec="seconds"),
        "server_version": version,
        "roles": facts.roles(connection),
        "tables": tables,
    }


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    settings = read()
    with settings.store.alone():
        print(take(settings.database_url, settings.store.dumps).file.name)


if __name__ == "__main__":
    sys.exit(exit_status(main))
