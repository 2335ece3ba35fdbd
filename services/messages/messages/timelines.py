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

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Select, func, literal, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from chassis.paging import LARGEST_ID, Page, Slice, bounded, cut
from messages.models import Message


def everybodys(session: Session, page: Page) -> Slice[Message]:
    """The public timeline."""
    shown = select(Message).where(~Message.flagged)
    return _page(session, bounded(shown, Message.id, page), page)


def of_author(session: Session, author_id: int, page: Page) -> Slice[Message]:
    """One author's timeline; empty for an id that nobody has."""
    return _page(session, _posted_by(author_id, page).limit(page.limit + 1), page)


def of_authors(session: Session, author_ids: Sequence[int], page: Page) -> Slice[Message]:
    """The messages of many authors in one timeline; reads len(author_ids) + limit² rows at most."""
    ids = literal(sorted(set(author_ids)), ARRAY(BigInteger))
    author = func.unnest(ids).table_valued("id").render_derived("author")
    newest = _posted_by(author.c.id, page).with_only_columns(Message.id).limit(1).lateral("newest")
    last = select(author.c.id).select_from(author.join(newest, true()))
    active = bounded(last, newest.c.id, page).subquery("active")
    theirs = _posted_by(active.c.id, page).limit(page.limit + 1).lateral("theirs")
    message = aliased(Message, theirs)
    merged = select(message).select_from(active.join(theirs, true()))
    return _page(session, bounded(merged, message.id, page), page)


def _posted_by(author_id: Any, page: Page) -> Select[tuple[Message]]:
    """What an author posted within a page's bounds and in its order, by the index alone."""
    place = tuple_(Message.author_id, Message.id)
    above = 0 if page.after is None else page.after
    below = LARGEST_ID if page.before is None else page.before
    shown = select(Message).where(
        place > tuple_(author_id, above), place < tuple_(author_id, below), ~Message.flagged
    )
    if page.after is not None and page.before is None:
        return shown.order_by(Message.author_id, Message.id)
    return shown.order_by(Message.author_id.desc(), Message.id.desc())


def _page(session: Session, statement: Select[Any], page: Page) -> Slice[Message]:
    messages: Sequence[Message] = session.scalars(statement).all()
    return cut(messages, page)
