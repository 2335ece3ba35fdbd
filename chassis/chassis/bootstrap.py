"""Make a service's place in the cluster: its schema, its owner, its runtime role.

`python -m chassis.bootstrap`, as a superuser, or as an owner of the database who may create roles.
A second run changes nothing but the passwords.
"""

import os
import sys
import time
from dataclasses import dataclass

import psycopg2
from psycopg2 import sql
from sqlalchemy import make_url

from chassis import logs
from chassis.config import Config, ConfigError, DatabaseUrl, Secret, load

# What a server says while it replays its WAL, after which it accepts connections.
STARTING = ("the database system is starting up", "not yet accepting connections")
PATIENCE_SECONDS = 240.0
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class BootstrapConfig(Config):
    """Which schema is set up, and the passwords of its roles."""

    admin_database_url: DatabaseUrl
    schema: str
    owner_password: Secret
    service_password: Secret


def bootstrap(admin_url: str, schema: str, owner_password: str, service_password: str) -> None:
    """Create or bring up to date `SCHEMA`, `SCHEMA_owner` and `SCHEMA_service`."""
    url = make_url(admin_url).set(drivername="postgresql")
    with _connected(url.render_as_string(hide_password=False)) as connection:
        cursor = connection.cursor()
        names = {
            "database": sql.Identifier(str(url.database)),
            "schema": sql.Identifier(schema),
            "owner": sql.Identifier(f"{schema}_owner"),
            "service": sql.Identifier(f"{schema}_service"),
        }
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('minitwit bootstrap'))")
        for role, password in (("owner", owner_password), ("service", service_password)):
            _role(cursor, f"{schema}_{role}", password)
        for statement in _STATEMENTS:
            cursor.execute(sql.SQL(statement).format(**names))
    connection.close()


def _connected(url: str) -> "psycopg2.extensions.connection":
    """Connect; as long as the server is only starting up, try again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return psycopg2.connect(url)
        except psycopg2.OperationalError as error:
            is_starting = any(words in str(error) for words in STARTING)
            if not is_starting or time.monotonic() > deadline:
                raise
        time.sleep(PAUSE_SECONDS)


def _role(cursor: "psycopg2.extensions.cursor", name: str, password: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
    # For an existing role only the password is set: only a superuser may say NOSUPERUSER in
    # ALTER ROLE, and a managed cluster has none for us.
    verb = "ALTER ROLE {}" if cursor.fetchone() else "CREATE ROLE {} NOSUPERUSER"
    statement = sql.SQL(f"{verb} LOGIN PASSWORD {{}}")
    cursor.execute(statement.format(sql.Identifier(name), sql.Literal(password)))


_STATEMENTS = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {owner}, {service}",
    "GRANT {owner} TO CURRENT_USER",
    "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}",
    "GRANT USAGE ON SCHEMA {schema} TO {service}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} "
    "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {service}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} "
    "GRANT USAGE, SELECT ON SEQUENCES TO {service}",
    "ALTER ROLE {owner} SET search_path = public",
    "ALTER ROLE {service} SET search_path = public",
)


def main() -> int:
    """Exit status 2 with a line for each problem when the configuration is not usable."""
    try:
        config = load(BootstrapConfig, os.environ)
    except ConfigError as error:
        return logs.refuse(os.environ.get("MINITWIT_SCHEMA", "bootstrap"), error)
    logs.start(config.schema, config)
    bootstrap(
        config.admin_database_url, config.schema, config.owner_password, config.service_password
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
