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

Many authors together often have a page's worth among everybody's newest, and looking there costs
less than a step for each of them. That walk is given up after half of what the steps would cost.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from chassis.paging import Page, Slice, cut
from chassis.statements import Prepared, Run

# What is asked for of a message, in this order.
Row = tuple[Any, ...]
FEW, WALKED = 500, 4
COLUMNS = """id, author_id, author_name, text,
    to_char(published_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_EVERYBODYS = """
    SELECT {columns} FROM messages.messages
    WHERE id > %(after)s AND id < %(before)s AND NOT flagged
    ORDER BY id {order} LIMIT %(limit)s
"""
# What an author posted within a page's bounds and in its order, by the index alone.
_POSTED = """
    FROM messages.messages
    WHERE (author_id, id) > ({author}, {after}) AND (author_id, id) < ({author}, {before})
        AND NOT flagged
    ORDER BY author_id {{order}}, id {{order}}
"""
_BOUNDS = {"after": "%(after)s", "before": "%(before)s"}
_OF_AUTHOR = f"SELECT {{columns}} {_POSTED.format(author='%(author)s', **_BOUNDS)} LIMIT %(limit)s"
# Those of the authors who posted last, a page's worth, and between which ids the page lies.
_ACTIVE = f"""
    authors AS MATERIALIZED (SELECT unnest(%(authors)s::bigint[]) AS id),
    active AS MATERIALIZED (
        SELECT authors.id, newest.id AS newest FROM authors CROSS JOIN LATERAL (
            SELECT id {_POSTED.format(author="authors.id", **_BOUNDS)} LIMIT 1
        ) AS newest
        ORDER BY newest.id {{order}} LIMIT %(limit)s
    ),
    edges AS MATERIALIZED (
        SELECT CASE WHEN count(*) < %(limit)s THEN %(after)s ELSE min(newest) - 1 END AS after,
            CASE WHEN count(*) < %(limit)s THEN %(before)s ELSE max(newest) + 1 END AS before
        FROM active
    )
"""
_BY_ACTIVE = f"""
    SELECT theirs.* FROM active CROSS JOIN edges CROSS JOIN LATERAL (
        SELECT {COLUMNS}
        {_POSTED.format(author="active.id", after="edges.after", before="edges.before")}
        LIMIT %(limit)s
    ) AS theirs
"""
_OF_AUTHORS = f"WITH {_ACTIVE} {_BY_ACTIVE} ORDER BY id {{order}} LIMIT %(limit)s"
_OF_MANY_AUTHORS = f"""
    WITH {_ACTIVE},
    recent AS MATERIALIZED (
        SELECT {COLUMNS} FROM (
            SELECT *, author_id IN (SELECT id FROM authors) AS is_wanted
            FROM messages.messages
            WHERE id > %(after)s AND id < %(before)s AND NOT flagged
            ORDER BY id {{order}} LIMIT %(walk)s
        ) AS walked
        WHERE is_wanted ORDER BY id {{order}} LIMIT %(limit)s
    )
    SELECT * FROM recent WHERE (SELECT count(*) FROM recent) = %(limit)s
    UNION ALL
    SELECT * FROM ({_BY_ACTIVE}) AS each WHERE (SELECT count(*) FROM recent) < %(limit)s
    ORDER BY id {{order}} LIMIT %(limit)s
"""


class Message(NamedTuple):
    """A row of COLUMNS; the time is UTC, as ISO 8601 writes it."""

    id: int
    author_id: int
    author_name: str
    text: str
    published_at: str


def everybodys(run: Run, page: Page, columns: str = COLUMNS) -> Slice[Row]:
    """The public timeline."""
    return _page(run, _EVERYBODYS, page, columns)


def of_author(run: Run, author_id: int, page: Page, columns: str = COLUMNS) -> Slice[Row]:
    """One author's timeline; empty for an id that nobody has."""
    return _page(run, _OF_AUTHOR, page, columns, author=author_id)


def of_authors(run: Run, author_ids: Iterable[int], page: Page) -> Slice[Row]:
    """The messages of many authors in one timeline.

    It reads len(author_ids) + (limit + 1)² rows at most; of more than FEW authors, WALKED times
    as many as there are of everybody's besides.
    """
    authors = sorted(set(author_ids))
    listed = f"{{{orjson.dumps(authors).decode()[1:-1]}}}"
    if len(authors) <= FEW:
        return _planned_once(run, _OF_AUTHORS, page, authors=listed)
    walk = WALKED * len(authors)
    return _planned_once(run, _OF_MANY_AUTHORS, page, authors=listed, walk=walk)


def _page(
    run: Run, statement: str, page: Page, columns: str = COLUMNS, **values: Any
) -> Slice[Row]:
    statement = statement.format(columns=columns, order=page.order)
    return cut(run(statement, {**page.bounds(), **values}), page)


def _planned_once(run: Run, statement: str, page: Page, **values: Any) -> Slice[Row]:
    """For statements that would take a third of their time to plan."""
    prepared = Prepared(statement.format(order=page.order))
    return cut(run(prepared, {**page.bounds(), **values}), page)
