"""The role `backup`: reads every row, receives WAL, writes nothing.

`python -m infra.backup.role`, as a superuser. Run again, it changes nothing but the password.
"""

import sys

from psycopg2 import sql
from sqlalchemy import make_url

from infra.backup.postgres import Connection, ask, connected
from infra.backup.settings import passwords, read
from infra.backup.trouble import exit_status

NAME = "backup"
_RULE = f"host replication {NAME} all scram-sha-256"
_RULES = "SELECT count(*) FROM pg_hba_file_rules WHERE %s = ANY(user_name)"
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
        if replication:
            let_in(connection)


def let_in(connection: Connection) -> None:
    """Add the line to pg_hba.conf that lets the role receive WAL over the network.

    The image's own line, for `all` databases, does not include replication, and SQL has no
    statement to add one. This way also works for clusters that exist already, on any node.
    """
    if ask(connection, _RULES, NAME) != [(0,)]:
        return
    ((path,),) = ask(connection, "SELECT current_setting('hba_file')")
    append = f"COPY (SELECT unnest(%s)) TO PROGRAM 'cat >> \"{path}\"'"
    ask(connection, append, ["", "# Added by infra/backup/role.py", _RULE])
    ask(connection, "SELECT pg_reload_conf()")


def main() -> None:
    settings = read()
    make_role(settings.admin_database_url, passwords()[NAME], replication=settings.wal)
    print("the role backup is there")


if __name__ == "__main__":
    sys.exit(exit_status(main))
