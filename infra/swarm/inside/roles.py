"""Runs inside the stack, in a service's image: opens or closes a login to the database.

    open SCHEMA   let the role in the service's new database URL log in with its password
    close ROLE    replace ROLE's password, or remove it if no new one is given
    monitor       let the role `metrics` read Postgres' own statistics, and no row of a table

Every login of a service has the rights of SCHEMA_service: it is that role, or a member of it.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg2
from psycopg2 import sql
from sqlalchemy import make_url

METRICS = "metrics"


def setting(name: str) -> str:
    path = os.environ.get(f"MINITWIT_{name}_FILE")
    return Path(path).read_text().strip() if path else ""


def let_in(cursor: "psycopg2.extensions.cursor", role: str, password: str | None) -> None:
    """Create the role, or give it this password."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    # Only a superuser may name these in ALTER ROLE, and a managed cluster has none for us.
    created = "CREATE ROLE {role} NOSUPERUSER NOCREATEDB NOCREATEROLE"
    verb = "ALTER ROLE {role}" if cursor.fetchone() else created
    put(cursor, f"{verb} LOGIN PASSWORD {{password}}", role, password=sql.Literal(password))


def put(
    cursor: "psycopg2.extensions.cursor", statement: str, role: str, **names: sql.Composable
) -> None:
    cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role), **names))


def allow(cursor: "psycopg2.extensions.cursor", schema: str) -> None:
    url = make_url(setting("DATABASE_URL"))
    role, group = str(url.username), f"{schema}_service"
    let_in(cursor, role, url.password)
    put(cursor, "ALTER ROLE {role} SET search_path = public", role)
    if role != group:
        put(cursor, "GRANT {group} TO {role}", role, group=sql.Identifier(group))


def refuse(cursor: "psycopg2.extensions.cursor", role: str) -> None:
    password = sql.Literal(setting("SERVICE_PASSWORD") or None)
    put(cursor, "ALTER ROLE {role} PASSWORD {password}", role, password=password)


def monitor(cursor: "psycopg2.extensions.cursor") -> None:
    database = sql.Identifier(cursor.connection.info.dbname)
    let_in(cursor, METRICS, setting("METRICS_PASSWORD"))
    put(cursor, "ALTER ROLE {role} CONNECTION LIMIT 5", METRICS)
    put(cursor, "GRANT pg_monitor TO {role}", METRICS)
    put(cursor, "GRANT CONNECT ON DATABASE {database} TO {role}", METRICS, database=database)
    put(cursor, "ALTER ROLE {role} SET default_transaction_read_only = on", METRICS)


VERBS: dict[str, Callable[..., None]] = {"open": allow, "close": refuse, "monitor": monitor}


def main() -> None:
    verb, *whom = sys.argv[1:]
    admin = make_url(setting("ADMIN_DATABASE_URL")).set(drivername="postgresql")
    with psycopg2.connect(admin.render_as_string(hide_password=False)) as connection:
        VERBS[verb](connection.cursor(), *whom)
    connection.close()


try:
    main()
except psycopg2.OperationalError as error:
    sys.exit(f"the database can't be asked: {error}".strip())
