"""Timelines: everybody's, one author's, many authors'. Newest first, hidden messages left out.

What a page reads is bounded by its size (and the number of authors), never by the number of
messages, nor by how long somebody has been silent; `tests/test_plans.py` holds this on a
million messages. Two habits of the planner stand against it:

- `author_id = … ORDER BY id LIMIT …` may walk all newer messages of everybody else, when the
  author has a large share of all messages but fell silent. A comparison of rows in the order
  of the index `(author_id, id)` leaves the planner no other way than this index.
- `author_id = ANY(…)` walks the primary key when most of the authors are silent. So of each
  author the newest id is looked up first, one step in the index. A page of n messages
  can only hold those of the n authors who posted last, and none older than what the last of
  these posted; only such are read.

Many authors together often fill a page from everybody's newest messages, and walking through those
costs less than an index step per author. The walk ends once it has cost half of those steps.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson

from chassis.paging import Page, PageRequest, cut
from chassis.statements import Prepared, Run

# The selected columns of a message, in their order; times are in UTC.
Row = tuple[Any, ...]
FEW, WALKED = 500, 4
COLUMNS = """id, author_id, author_name, text,
    to_char(published_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
FOR_SIMULATOR = "text, to_char(published_at, 'YYYY-MM-DD HH24:MI:SS'), author_name"


def everybodys(run: Run, page: PageRequest, columns: str = COLUMNS) -> Page[Row]:
    """The public timeline."""
    return cut(run(_everybodys(page.order, columns), page.bounds()), page)


def of_author(run: Run, author_id: int, page: PageRequest, columns: str = COLUMNS) -> Page[Row]:
    """One author's timeline; empty for an id that nobody has."""
    return cut(run(_of_author(page.order, columns), {**page.bounds(), "author": author_id}), page)


def of_authors(run: Run, author_ids: Iterable[int], page: PageRequest) -> Page[Row]:
    """The messages of many authors in one timeline.

    It reads at most len(author_ids) + (limit + 1)² rows; for more than FEW authors, also up to
    WALKED rows per author of everybody's messages.
    """
    authors = sorted(set(author_ids))
    values = {**page.bounds(), "authors": f"{{{orjson.dumps(authors).decode()[1:-1]}}}"}
    if len(authors) <= FEW:
        return cut(run(_of_authors(page.order), values), page)
    values["walk"] = WALKED * len(authors)
    return cut(run(_of_many_authors(page.order), values), page)


@cache
def _everybodys(order: str, columns: str) -> str:
    return f"""
    SELECT {columns} FROM messages.messages
    WHERE id > %(after)s AND id < %(before)s AND NOT flagged
    ORDER BY id {order} LIMIT %(limit)s
"""


@cache
def _of_author(order: str, columns: str) -> str:
    return f"SELECT {columns} {_posted(order, '%(author)s')} LIMIT %(limit)s"


@cache
def _of_authors(order: str) -> Prepared:
    """Prepared, like the one below, for planning would take a third of its time."""
    return Prepared(
        f"WITH {_active(order)} {_by_active(order)} ORDER BY id {order} LIMIT %(limit)s"
    )


@cache
def _of_many_authors(order: str) -> Prepared:
    return Prepared(f"""
    WITH {_active(order)},
    recent AS MATERIALIZED (
        SELECT {COLUMNS} FROM (
            SELECT *, author_id IN (SELECT id FROM authors) AS is_wanted
            FROM messages.messages
            WHERE id > %(after)s AND id < %(before)s AND NOT flagged
            ORDER BY id {order} LIMIT %(walk)s
        ) AS walked
        WHERE is_wanted ORDER BY id {order} LIMIT %(limit)s
    )
    SELECT * FROM recent WHERE (SELECT count(*) FROM recent) = %(limit)s
    UNION ALL
    SELECT * FROM ({_by_active(order)}) AS each WHERE (SELECT count(*) FROM recent) < %(limit)s
    ORDER BY id {order} LIMIT %(limit)s
""")


def _active(order: str) -> str:
    """The authors who posted last, a page's worth of them, and between which ids the page lies."""
    return f"""
    authors AS MATERIALIZED (SELECT unnest(%(authors)s::bigint[]) AS id),
    active AS MATERIALIZED (
        SELECT authors.id, newest.id AS newest FROM authors CROSS JOIN LATERAL (
            SELECT id {_posted(order, "authors.id")} LIMIT 1
        ) AS newest
        ORDER BY newest.id {order} LIMIT %(limit)s
    ),
    edges AS MATERIALIZED (
        SELECT CASE WHEN count(*) < %(limit)s THEN %(after)s ELSE min(newest) - 1 END AS after,
            CASE WHEN count(*) < %(limit)s THEN %(before)s ELSE max(newest) + 1 END AS before
        FROM active
    )
"""


def _by_active(order: str) -> str:
    """What these posted between those ids."""
    return f"""
    SELECT theirs.* FROM active CROSS JOIN edges CROSS JOIN LATERAL (
        SELECT {COLUMNS}
        {_posted(order, "active.id", "edges.after", "edges.before")}
        LIMIT %(limit)s
    ) AS theirs
"""


def _posted(order: str, author: str, after: str = "%(after)s", before: str = "%(before)s") -> str:
    """What an author posted within a page's bounds and in its order, by the index alone."""
    return f"""
    FROM messages.messages
    WHERE (author_id, id) > ({author}, {after}) AND (author_id, id) < ({author}, {before})
        AND NOT flagged
    ORDER BY author_id {order}, id {order}
"""
