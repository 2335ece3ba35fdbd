"""What a database holds: each table's rows and a digest of them, and where sequences stand."""

from dataclasses import dataclass

from psycopg2 import sql

from infra.backup.postgres import Connection, ask

# The services' schemas, not what an operator made beside them. Who owns one does not decide: left
# out of a dump because it was given away, nothing would miss it.
_OURS = "EXISTS (SELECT FROM pg_roles WHERE rolname = n.nspname || '_owner')"
_TABLES = f"""
    SELECT n.nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND {_OURS} ORDER BY 1, 2
"""
_SCHEMAS = f"""
    SELECT DISTINCT n.nspname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND {_OURS} ORDER BY 1
"""
_SEQUENCES = f"""
    SELECT of_s.nspname, s.relname, n.nspname, t.relname, attname
    FROM pg_depend d
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_namespace of_s ON of_s.oid = s.relnamespace
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_attribute ON attrelid = t.oid AND attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.deptype IN ('a', 'i') AND {_OURS}
    ORDER BY 3, 4, 5
"""
# A sum, since it does not depend on the order in which rows are read.
_CONTENT = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM {} AS t"
_NEXT = """
    SELECT CASE WHEN is_called THEN last_value + seqincrement ELSE last_value END
    FROM {}, pg_sequence WHERE seqrelid = %s::regclass
"""


@dataclass(frozen=True)
class Table:
    """How many rows a table has, and a digest of them in which their order does not count."""

    rows: int
    digest: str


def schemas(connection: Connection) -> list[str]:
    """The services' schemas that hold a table."""
    return [name for (name,) in ask(connection, _SCHEMAS)]


def tables(connection: Connection) -> dict[str, Table]:
    """The content of each table of the services, by `schema.table`."""
    found = {}
    for schema, name in ask(connection, _TABLES):
        query = sql.SQL(_CONTENT).format(sql.Identifier(schema, name))
        ((rows, digest),) = ask(connection, query.as_string(connection))
        found[f"{schema}.{name}"] = Table(rows, digest)
    return found


def late_sequences(connection: Connection) -> list[str]:
    """Columns whose sequence would next return a number that is in use, with both numbers."""
    late = []
    for s_schema, s_name, schema, table, column in ask(connection, _SEQUENCES):
        sequence = sql.Identifier(s_schema, s_name)
        upcoming = sql.SQL(_NEXT).format(sequence).as_string(connection)
        ((following,),) = ask(connection, upcoming, sequence.as_string(connection))
        highest = sql.SQL("SELECT coalesce(max({}), 0) FROM {}").format(
            sql.Identifier(column), sql.Identifier(schema, table)
        )
        ((taken,),) = ask(connection, highest.as_string(connection))
        if following <= taken:
            late.append(f"{schema}.{table}.{column}: next is {following}, {taken} is taken")
    return late


def roles(connection: Connection) -> list[str]:
    """The roles that were created in the cluster, without Postgres' predefined ones."""
    rows = ask(connection, "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1")
    return [name for (name,) in rows]
