"""What must be true of a restored database; each check gives its problems, one line each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg2
from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id

from infra.backup import facts
from infra.backup.postgres import Connection, ask, connected, with_login
from infra.backup.store import schemas_of

DML = ("SELECT", "INSERT", "UPDATE", "DELETE")
RIGHTS = (*DML, "TRUNCATE", "REFERENCES", "TRIGGER")
VERSIONS = "alembic_version"
_ROLE = """
    SELECT rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
    FROM pg_roles WHERE rolname = %s
"""
_OWNERS = """
    SELECT relname, pg_get_userbyid(relowner) FROM pg_class
    WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'S', 'v')
"""
_BROKEN = """
    SELECT conrelid::regclass::text || ': ' || conname FROM pg_constraint WHERE NOT convalidated
    UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid
"""


def problems(
    admin_url: str,
    manifest: Mapping[str, Any],
    passwords: Mapping[str, str],
    account: str = "",
) -> list[str]:
    """Everything that is wrong with a database restored from a dump; empty if it is good.

    `manifest` is the dump's, `passwords` has the roles' by name, and `account` is a known account
    of the application as NAME:PASSWORD.
    """
    schemas = schemas_of(manifest["tables"])
    with connected(admin_url) as connection:
        found = [
            *content(connection, manifest["tables"]),
            *(f"{each}: sequence is behind" for each in facts.late_sequences(connection)),
            *(f"{each} is not valid" for (each,) in ask(connection, _BROKEN)),
        ]
        lacking = list(roles(connection, schemas))
        found += lacking or rights(connection, schemas)
        if account:
            found += login(connection, account)
    return found if lacking else [*found, *entries(admin_url, schemas, passwords)]


def content(connection: Connection, tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Check that the tables and their rows are the same as in the dump."""
    there = facts.tables(connection)
    for name in sorted(tables.keys() | there.keys()):
        if name not in there:
            yield f"{name} is missing"
        elif name not in tables:
            yield f"{name} was not in the dump"
        elif there[name].rows != tables[name]["rows"]:
            yield f"{name} has {there[name].rows} rows instead of {tables[name]['rows']}"
        elif there[name].digest != tables[name]["digest"]:
            yield f"{name} has other rows than the dump"


def roles(connection: Connection, schemas: Iterable[str]) -> Iterator[str]:
    """Check that each schema's owner and runtime role can log in and have no special privileges."""
    for name in (f"{schema}_{kind}" for schema in schemas for kind in ("owner", "service")):
        rows = ask(connection, _ROLE, name)
        if not rows:
            yield f"role {name} is missing"
        elif rows[0] != (True, False):
            yield f"role {name} can't log in, or may do more than it needs"


def rights(connection: Connection, schemas: list[str]) -> list[str]:
    """Check that each schema belongs to its owner, and what its runtime role may do.

    That is to read and write the rows of its own schema, and nothing elsewhere.
    """
    found = []
    for schema in schemas:
        owner, service = f"{schema}_owner", f"{schema}_service"
        owners: dict[str, str] = dict(ask(connection, _OWNERS, schema))
        found += [f"{schema}.{name} is not {owner}'s" for name in owners if owners[name] != owner]
        for name in facts.tables(connection):
            wanted = _wanted(schema, *name.split(".", 1))
            given = {it for it in RIGHTS if _may(connection, service, name, it)}
            found += [f"{service} may {it} {name}" for it in sorted(given - wanted)]
            found += [f"{service} may not {it} {name}" for it in sorted(wanted - given)]
    return found


def _wanted(schema: str, of: str, table: str) -> set[str]:
    if of != schema:
        return set()
    return {"SELECT"} if table == VERSIONS else set(DML)


def _may(connection: Connection, role: str, table: str, right: str) -> bool:
    """Whether a role has a right on a table, and USAGE on its schema, without which it has none."""
    query = "SELECT has_schema_privilege(%s, %s, 'USAGE') AND has_table_privilege(%s, %s, %s)"
    schema, _, name = table.partition(".")
    ((may,),) = ask(connection, query, role, schema, role, f'"{schema}"."{name}"', right)
    return bool(may)


def entries(admin_url: str, schemas: list[str], passwords: Mapping[str, str]) -> list[str]:
    """Check that each role can log in with its password and can't read another schema."""
    found: list[str] = []
    for schema in schemas:
        for kind in ("owner", "service"):
            found += _entry(admin_url, f"{schema}_{kind}", passwords, set(schemas) - {schema})
    return found


def _entry(
    admin_url: str, role: str, passwords: Mapping[str, str], others: set[str]
) -> Iterator[str]:
    url = with_login(admin_url, role, passwords.get(role, ""))
    try:
        with connected(url) as connection:
            for other in sorted(others):
                if _reads(connection, other):
                    yield f"{role} reads the schema {other}"
    except psycopg2.OperationalError as error:
        yield f"{role} can't log in: {str(error).strip().splitlines()[-1]}"


def _reads(connection: Connection, schema: str) -> bool:
    try:
        ask(connection, f'SELECT count(*) FROM "{schema}"."{VERSIONS}"')
    except psycopg2.errors.InsufficientPrivilege:
        return False
    finally:
        connection.rollback()
    return True


def login(connection: Connection, account: str) -> Iterator[str]:
    """Check that a known account of the application exists and has the known password."""
    name, _, password = account.partition(":")
    rows = ask(connection, "SELECT password_hash FROM users.accounts WHERE name = %s", name)
    if not rows:
        yield f"the account {name} is missing"
        return
    try:
        argon2id.verify(str(rows[0][0]).encode(), password.encode())
    except InvalidkeyError:
        yield f"the account {name} can't log in"
