"""Restore a dump: roles, schemas, rows, rights; and prove that all of it is there.

After `python -m infra.backup.restore [DUMP]` nobody can log in: nobody knows the roles' passwords
until chassis.bootstrap sets the real ones. So nobody can change what is being proved.
"""

import sys
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from psycopg2 import sql

from chassis.bootstrap import bootstrap
from infra.backup import checks, facts
from infra.backup.dump import sha256
from infra.backup.postgres import Connection, ask, connected, exit_status, run
from infra.backup.settings import read
from infra.backup.store import NEWEST, Dump
from infra.trouble import Trouble

PATIENCE_SECONDS = 300.0
_TABLES_OF = (
    "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r'"
)


def restore(
    admin_url: str, dump: Dump, known: Mapping[str, str], *, force: bool = False
) -> list[str]:
    """Restore a dump into the database that `admin_url` names; Trouble if that holds data.

    With `force` the services' schemas are dropped first; returns those of them that the dump lacks.
    Services are locked out meanwhile: their roles can log in again only once everything is restored
    and `bootstrap` sets their passwords; a service's second login stays locked until
    infra/swarm/inside/roles.py opens it.
    """
    schemas = dump.schemas()
    check(dump, known)
    with connected(admin_url) as connection:
        newer = [name for name in facts.schemas(connection) if name not in schemas]
        if not force:
            spare(connection, schemas, newer)
        close(connection, dump.content()["roles"], [*schemas, *newer])
        for name in (*schemas, *newer):
            _put(connection, "DROP SCHEMA IF EXISTS {} CASCADE", name)
    run("pg_restore", "--single-transaction", str(dump.file), url=admin_url)
    for name in schemas:
        bootstrap(admin_url, name, known[f"{name}_owner"], known[f"{name}_service"])
    run("psql", "--no-psqlrc", "--quiet", "--command=ANALYZE", url=admin_url)
    return newer


def spare(connection: Connection, schemas: list[str], newer: list[str]) -> None:
    """Trouble if there are rows to lose: in the dump's schemas, or in those that it lacks."""
    taken = [name for name in schemas if ask(connection, _TABLES_OF, name) != [(0,)]]
    if taken or newer:
        held = ", ".join(sorted([*taken, *newer]))
        lost = f", and drops {', '.join(newer)}, which the dump lacks" if newer else ""
        raise Trouble(f"the database holds data in {held}; FORCE=yes replaces it{lost}")


def check(dump: Dump, known: Mapping[str, str]) -> None:
    """Trouble if a restore could not succeed; called before anything is changed."""
    manifest = dump.content()
    if sha256(dump.file) != manifest["sha256"]:
        when = manifest["taken_at"]
        raise Trouble(f"{dump.file} is damaged: it is not what was written on {when}")
    if not (schemas := dump.schemas()):
        raise Trouble(f"{dump.file.name} holds no table")
    foreign = [name for name in schemas if f"{name}_owner" not in manifest["roles"]]
    if foreign:
        raise Trouble(
            f"{dump.file.name} can't be restored: {', '.join(foreign)} belongs to no service"
        )
    lacking = [role for role in roles_of(schemas) if not known.get(role)]
    if lacking:
        raise Trouble(f"no password is known for {', '.join(lacking)}")


def close(connection: Connection, known: Iterable[str], schemas: list[str]) -> None:
    """Create the missing roles; lock those of the services, and end their connections."""
    there = {name for (name,) in ask(connection, "SELECT rolname FROM pg_roles")}
    lacking = {*known, *roles_of(schemas)} - there
    for name in sorted(lacking):
        _put(connection, "CREATE ROLE {} NOLOGIN", name)
    ours = [name for name in logins_of(schemas) if name in there | lacking]
    for name in ours:
        _put(connection, "ALTER ROLE {} NOLOGIN", name)
        # A managed cluster's administrator is no superuser, but may end connections as a member.
        _put(connection, "GRANT {} TO CURRENT_USER", name)
    connection.commit()
    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = ANY(%s)"
    ask(connection, ended, ours)


def _put(connection: Connection, statement: str, name: str) -> None:
    ask(connection, sql.SQL(statement).format(sql.Identifier(name)).as_string(connection))


def roles_of(schemas: Iterable[str]) -> list[str]:
    return [f"{schema}_{kind}" for schema in schemas for kind in ("owner", "service")]


def logins_of(schemas: list[str]) -> list[str]:
    """`roles_of`, and the second logins, which services may use after a rotation."""
    return [*roles_of(schemas), *(f"{schema}_service_b" for schema in schemas)]


def proved(admin_url: str, dump: Dump, known: Mapping[str, str], account: str = "") -> str:
    """Check a restored dump; returns a line that says what is proved. Trouble has every problem.

    A login with `account` (NAME:PASSWORD) is tried if the dump was taken with that account.
    """
    manifest = dump.content()
    whose = account.partition(":")[0]
    tried = bool(whose) and manifest["account"] == whose
    found = checks.problems(admin_url, manifest, known, account if tried else "")
    if found:
        raise Trouble("\n  ".join([f"{dump.file.name} does not restore well:", *found]))
    rows = sum(table["rows"] for table in manifest["tables"].values())
    login = f"{whose} can log in" if tried else "no account was tried"
    when = datetime.now(UTC).isoformat(timespec="seconds")
    return (
        f"{when} {dump.file.name} restores: {len(manifest['tables'])} tables, {rows} rows, "
        f"sequences, roles and rights are right, {login}"
    )


def with_dropped(line: str, dropped: list[str]) -> str:
    """The line and what else is gone in one: of two, a job's second may be read too late."""
    return f"{line}; dropped, since it lacks them: {', '.join(dropped)}" if dropped else line


def main() -> None:
    settings = read()
    name = sys.argv[1] if len(sys.argv) > 1 else NEWEST
    # A round that began meanwhile might remove the dump.
    is_given = Path(name).is_absolute()
    with nullcontext() if is_given else settings.store.alone(PATIENCE_SECONDS):
        dump = settings.store.dump(name)
        nobodys = {role: token_hex(16) for role in roles_of(dump.schemas())}
        dropped = restore(settings.admin_database_url, dump, nobodys, force=settings.force)
        line = proved(settings.admin_database_url, dump, nobodys, settings.account)
        print(with_dropped(line, dropped))


if __name__ == "__main__":
    sys.exit(exit_status(main))
