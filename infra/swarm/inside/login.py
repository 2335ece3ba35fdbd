"""Runs inside the stack, in a service's image: opens or closes a login of that service.

    open SCHEMA           let the role in the new database URL log in with its password
    close SCHEMA ROLE     replace ROLE's password, or remove it if no new one is given

Every login has the rights of SCHEMA_service: it is that role, or a member of it.
"""

import os
import sys
from pathlib import Path

import psycopg2
from psycopg2 import sql
from sqlalchemy import make_url


def setting(name: str) -> str:
    path = os.environ.get(f"MINITWIT_{name}_FILE")
    return Path(path).read_text().strip() if path else ""


def allow(cursor: "psycopg2.extensions.cursor", schema: str) -> None:
    url = make_url(setting("DATABASE_URL"))
    role, group = str(url.username), f"{schema}_service"
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    # Only a superuser may name these in ALTER ROLE, and a managed cluster has none for us.
    created = "CREATE ROLE {role} NOSUPERUSER NOCREATEDB NOCREATEROLE"
    verb = "ALTER ROLE {role}" if cursor.fetchone() else created
    names = {
        "role": sql.Identifier(role),
        "group": sql.Identifier(group),
        "password": sql.Literal(url.password),
    }
    cursor.execute(sql.SQL(f"{verb} LOGIN PASSWORD {{password}}").format(**names))
    cursor.execute(sql.SQL("ALTER ROLE {role} SET search_path = public").format(**names))
    if role != group:
        cursor.execute(sql.SQL("GRANT {group} TO {role}").format(**names))


def refuse(cursor: "psycopg2.extensions.cursor", role: str) -> None:
    password = sql.Literal(setting("SERVICE_PASSWORD") or None)
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    cursor.execute(statement.format(sql.Identifier(role), password))


def main() -> None:
    admin = make_url(setting("ADMIN_DATABASE_URL")).set(drivername="postgresql")
    with psycopg2.connect(admin.render_as_string(hide_password=False)) as connection:
        cursor = connection.cursor()
        if sys.argv[1] == "open":
            allow(cursor, sys.argv[2])
        else:
            refuse(cursor, sys.argv[3])
    connection.close()


main()
