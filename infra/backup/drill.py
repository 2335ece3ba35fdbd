"""A restore drill: restore a dump into a throwaway cluster, and run every check on it.

`python -m infra.backup.drill [DUMP]` prints one line; the exit status is 0 if the dump is good.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from infra.backup import restore
from infra.backup.postgres import exit_status, run
from infra.backup.settings import Settings, read
from infra.backup.store import NEWEST, Dump

DATABASE = "minitwit"
_QUICK = "-c fsync=off -c full_page_writes=off -c listen_addresses='' -c shared_buffers=64MB"
Server = Callable[[Path], AbstractContextManager[str]]


@contextmanager
def throwaway(folder: Path) -> Iterator[str]:
    """Start a cluster that nobody else can reach, and remove it after the block.

    Yields the administrator's URL.
    """
    # If the process is ended within the block, the server still writes while its files are removed.
    with TemporaryDirectory(prefix="drill-", dir=folder, ignore_cleanup_errors=True) as name:
        password = token_hex(16)
        secret, data = Path(name, "password"), str(Path(name, "data"))
        secret.write_text(password)
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        entry = ["--auth=scram-sha-256", "--username=postgres", f"--pwfile={secret}"]
        run("initdb", f"--pgdata={data}", "--no-sync", *locale, *entry)
        options = f"--options={_QUICK} -c unix_socket_directories='{name}'"
        run("pg_ctl", "start", f"--pgdata={data}", f"--log={name}/log", "--silent", options)
        try:
            url = f"postgresql+psycopg2://postgres:{password}@/{{}}?host={name}"
            run(
                "psql",
                "--quiet",
                f"--command=CREATE DATABASE {DATABASE}",
                url=url.format("postgres"),
            )
            yield url.format(DATABASE)
        finally:
            run("pg_ctl", "stop", f"--pgdata={data}", "--mode=immediate", "--silent")


def prove(dump: Dump, account: str, folder: Path, server: Server = throwaway) -> str:
    """Restore a dump and check it; returns in one line what is proved. Trouble has every problem.

    The roles get passwords made for this drill: the real ones stay with the secrets.
    """
    schemas = dump.schemas()
    passwords = {role: token_hex(16) for role in restore.roles_of(schemas)}
    with server(folder) as url:
        restore.restore(url, dump, passwords)
        return restore.proved(url, dump, passwords, account)


def prove_and_note(settings: Settings, dump: Dump) -> str:
    """Prove a dump, and note in status.json when that was done."""
    line = prove(dump, settings.account, settings.store.folder)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    settings.store.note(verified_at=now, verified=dump.file.name)
    return line


def main() -> None:
    settings = read()
    with settings.store.alone():
        dump = settings.store.dump(sys.argv[1] if len(sys.argv) > 1 else NEWEST)
        print(prove_and_note(settings, dump))


if __name__ == "__main__":
    sys.exit(exit_status(main))
