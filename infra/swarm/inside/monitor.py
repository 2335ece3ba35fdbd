"""Runs inside the stack, in a service's image: makes the role `metrics`, which reads Postgres'
own statistics and no row of a table. Run again, it changes nothing but the password."""

import os
from pathlib import Path

import psycopg2
from psycopg2 import sql
from sqlalchemy import make_url

NAME = "metrics"


def setting(name: str) -> str:
    return Path(os.environ[f"MINITWIT_{name}_FILE"]).read_text().strip()


def main() -> None:
    admin = make_url(setting("ADMIN_DATABASE_URL")).set(drivername="postgresql")
    with psycopg2.connect(admin.render_as_string(hide_password=False)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME])
        # Only a superuser may name this in ALTER ROLE, and a managed cluster has none for us.
        verb = "ALTER ROLE {role}" if cursor.fetchone() else "CREATE ROLE {role} NOSUPERUSER"
        names = {
            "role": sql.Identifier(NAME),
            "database": sql.Identifier(str(admin.database)),
            "password": sql.Literal(setting("METRICS_PASSWORD")),
        }
        for statement in (
            f"{verb} LOGIN CONNECTION LIMIT 5 PASSWORD {{password}}",
            "GRANT pg_monitor TO {role}",
            "GRANT CONNECT ON DATABASE {database} TO {role}",
            "ALTER ROLE {role} SET default_transaction_read_only = on",
        ):
            cursor.execute(sql.SQL(statement).format(**names))
    connection.close()


main()
