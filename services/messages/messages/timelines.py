"""Timelines: everybody's, one author's, many authors'. Newest first, hidden messages left out.

What a page reads is bounded by its size (and the number of authors), never by the number of
messages, nor by how long somebody has been silent; `tests/test_plans.py` holds this on a
million messages. Two habits of the planner stand against it:

- `author_id = … ORDER BY id LIMIT …` may walk all newer messages of everybody else, when the
  author has a large share of all messages but fell silent. A comparison of rows in the order
  of the index `(author_id, id)` leaves the planner no other way than this index.
- `author_id = ANY(…)` walks the primary key when most of the authors are silent. So of each
  author the newest id is looked up first, one step in the index. A page of n messages
  can only hold those of the n authors who posted last; only theirs are read.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from chassis.paging import Page, Slice, cut
from chassis.statements import Run

COLUMNS = """id, author_id, author_name, text,
    to_char(published_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_EVERYBODYS = f"""
    SELECT {COLUMNS} FROM messages.messages
    WHERE id > %(after)s AND id < %(before)s AND NOT flagged
    ORDER BY id {{order}} LIMIT %(limit)s
"""
# What an author posted within a page's bounds and in its order, by the index alone.
_POSTED = """
    FROM messages.messages
    WHERE (author_id, id) > ({author}, %(after)s) AND (author_id, id) < ({author}, %(before)s)
        AND NOT flagged
    ORDER BY author_id {{order}}, id {{order}}
"""
_OF_AUTHOR = f"SELECT {COLUMNS} {_POSTED.format(author='%(author)s')} LIMIT %(limit)s"
_OF_AUTHORS = f"""
    SELECT theirs.* FROM (
        SELECT author.id FROM unnest(%(authors)s::bigint[]) AS author (id)
        CROSS JOIN LATERAL (SELECT id {_POSTED.format(author="author.id")} LIMIT 1) AS newest
        ORDER BY newest.id {{order}} LIMIT %(limit)s
    ) AS active
    CROSS JOIN LATERAL (
        SELECT {COLUMNS} {_POSTED.format(author="active.id")} LIMIT %(limit)s
    ) AS theirs
    ORDER BY theirs.id {{order}} LIMIT %(limit)s
"""


class Message(NamedTuple):
    """What a timeline shows of a message; the time is UTC, as ISO 8601 writes it."""

    id: int
    author_id: int
    author_name: str
    text: str
    published_at: str


def everybodys(run: Run, page: Page) -> Slice[Message]:
    """The public timeline."""
    return _page(run, _EVERYBODYS, page)


def of_author(run: Run, author_id: int, page: Page) -> Slice[Message]:
    """One author's timeline; empty for an id that nobody has."""
    return _page(run, _OF_AUTHOR, page, author=author_id)


def of_authors(run: Run, author_ids: Iterable[int], page: Page) -> Slice[Message]:
    """The messages of many authors in one timeline; reads len(author_ids) + limit² rows at most."""
    listed = orjson.dumps(sorted(set(author_ids))).decode()
    return _page(run, _OF_AUTHORS, page, authors=f"{{{listed[1:-1]}}}")


def _page(run: Run, statement: str, page: Page, **values: Any) -> Slice[Message]:
    rows: Sequence[Any] = run(statement.format(order=page.order), {**page.bounds(), **values})
    return cut([Message(*row) for row in rows], page)
