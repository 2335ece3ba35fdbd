"""One service's schema as its owner sees it: COPY, ids, indexes, statistics."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg2

from dev.postgres import connect
from dev.trouble import Trouble

# VACUUM can't mark rows as visible to everybody while their commit is not on disk yet.
_SETTINGS = "-c synchronous_commit=on -c maintenance_work_mem=512MB"
# Without those that a constraint depends on.
_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = %s::regclass
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def escaped(text: str) -> str:
    """A text as COPY wants it."""
    return text.translate(_ESCAPES)


class Stream:
    """What COPY reads from: it takes the pieces as they come, whatever size it asks for."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self.failure: BaseException | None = None

    def read(self, _size: int = -1, /) -> bytes:
        """Keep what goes wrong, Ctrl-C too: psycopg2 would replace it by an error of its own."""
        try:
            return next(self._pieces, "").encode()
        except BaseException as failure:
            self.failure = failure
            raise

    readline = read


class Schema:
    """A connection of the owner's, who alone may take indexes away for a while."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url, _SETTINGS)
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()

    def close(self) -> None:
        self._connection.close()

    def has(self, table: str, column: str, value: str) -> bool:
        self._cursor.execute(f"SELECT FROM {table} WHERE {column} = %s LIMIT 1", [value])
        return bool(self._cursor.rowcount)

    def has_rows(self, table: str) -> bool:
        self._cursor.execute(f"SELECT FROM {table} LIMIT 1")
        return bool(self._cursor.rowcount)

    def take_ids(self, table: str, count: int) -> int:
        """The first of `count` ids in a row that nobody else is given."""
        self._cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        [sequence] = self._cursor.fetchone() or [None]
        self._cursor.execute("SELECT nextval(%s)", [sequence])
        [first] = self._cursor.fetchone() or [1]
        self._cursor.execute("SELECT setval(%s, %s)", [sequence, first + count - 1])
        return int(first)

    def copy(self, table: str, columns: str, pieces: Iterable[str]) -> None:
        """Copy all of it or nothing; `pieces` are whole lines in COPY's text format."""
        stream = Stream(pieces)
        try:
            self._cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", stream)
        except psycopg2.errors.UniqueViolation as error:
            reason = "Somebody here has a name of this world's; load it into a STATE of its own."
            raise Trouble(reason) from error
        except psycopg2.Error as error:
            raise (stream.failure or error) from None

    @contextmanager
    def without_indexes(self, table: str) -> Iterator[None]:
        """Drop an empty table's indexes for the block, so that it is filled several times faster.

        All in one transaction: after an error, closing the connection rolls everything back.
        """
        self._cursor.execute("BEGIN")
        indexes = [] if self.has_rows(table) else self._indexes(table)
        for name, _ in indexes:
            self._cursor.execute(f"DROP INDEX {name}")
        yield
        for _, definition in indexes:
            self._cursor.execute(definition)
        self._cursor.execute("COMMIT")

    def cut(self, table: str, last_id: int) -> None:
        """Delete the rows after this id."""
        self._cursor.execute(f"DELETE FROM {table} WHERE id > %s", [last_id])
        if self._cursor.rowcount:
            self.settle(table)

    def settle(self, *tables: str) -> None:
        """Bring it into the state of a table in use: vacuumed, with statistics."""
        for table in tables:
            self._cursor.execute(f"VACUUM (ANALYZE, INDEX_CLEANUP ON) {table}")

    def _indexes(self, table: str) -> list[tuple[str, str]]:
        self._cursor.execute(_INDEXES, [table])
        return self._cursor.fetchall()
