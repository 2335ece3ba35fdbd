"""The role `backup`: reads every row, receives WAL, writes nothing.

`python -m infra.backup.role`, as a superuser. Run again, it changes nothing but the password.
"""

import sys

from psycopg2 import sql
from sqlalchemy import make_url

from infra.backup.postgres import ask, connected, exit_status
from infra.backup.settings import read

NAME = "backup"
_STATEMENTS = (
    "GRANT pg_read_all_data TO {role}",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "ALTER ROLE {role} SET default_transaction_read_only = on",
)


def make_role(admin_url: str, password: str, *, replication: bool = True) -> None:
    """Create the role or bring it up to date; without `replication` for a managed cluster."""
    with connected(admin_url) as connection:
        there = ask(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", NAME)
        verb = "ALTER" if there else "CREATE"
        may = "LOGIN REPLICATION" if replication else "LOGIN"
        text = f"{verb} ROLE {{role}} {may} PASSWORD {{password}}"
        names = {
            "role": sql.Identifier(NAME),
            "database": sql.Identifier(str(make_url(admin_url).database)),
            "password": sql.Literal(password),
        }
        for statement in (text, *_STATEMENTS):
            ask(connection, sql.SQL(statement).format(**names).as_string(connection))


def main() -> None:
    settings = read()
    url, password = settings.admin_database_url, settings.backup_password
    make_role(url, password, replication=settings.wal)
    print("the role backup is there")


if __name__ == "__main__":
    sys.exit(exit_status(main))
