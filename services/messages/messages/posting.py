"""Posting messages, and deleting one's own."""

from chassis.errors import BadRequest, TryLater
from chassis.statements import Run
from messages.errors import LONGEST_TEXT, EmptyText, MessageNotFound, NotYours, TextTooLong
from messages.timelines import COLUMNS, Row

# Without a key, as the simulator posts: ON CONFLICT would write an eighth more WAL for nothing.
_POST = f"""
    INSERT INTO messages.messages (author_id, author_name, text)
    VALUES (%(author_id)s, %(author_name)s, %(text)s) RETURNING {COLUMNS}
"""
_POST_ONCE = f"""
    INSERT INTO messages.messages (author_id, author_name, text, idempotency_key)
    VALUES (%(author_id)s, %(author_name)s, %(text)s, %(key)s)
    ON CONFLICT (author_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
    RETURNING {COLUMNS}
"""
_POSTED = f"""
    SELECT {COLUMNS} FROM messages.messages
    WHERE author_id = %(author_id)s AND idempotency_key = %(key)s
"""
_DELETE = """
    DELETE FROM messages.messages WHERE id = %(id)s AND author_id = %(author_id)s RETURNING id
"""
_IS_SHOWN = "SELECT 1 FROM messages.messages WHERE id = %(id)s AND NOT flagged"


def post(run: Run, author_id: int, author_name: str, text: str) -> Row:
    """Store a text as it was sent; EmptyText, TextTooLong, or BadRequest for a NUL in it."""
    _check(text)
    values = {"author_id": author_id, "author_name": author_name, "text": text}
    row: Row = run(_POST, values)[0]
    return row


def post_once(
    run: Run, author_id: int, author_name: str, text: str, key: str | None
) -> tuple[Row, bool]:
    """Like `post`, or the message that this author posted with this key before; and if it is new.

    TryLater (503) if that one is deleted at this very moment.
    """
    if key is None:
        return post(run, author_id, author_name, text), True
    _check(text)
    values = {"author_id": author_id, "author_name": author_name, "text": text, "key": key}
    rows = run(_POST_ONCE, values)
    for row in rows or run(_POSTED, values):
        return row, bool(rows)
    raise TryLater()


def delete(run: Run, message_id: int, author_id: int) -> None:
    """Delete an author's own message, shown or hidden; NotYours or MessageNotFound otherwise."""
    if not run(_DELETE, {"id": message_id, "author_id": author_id}):
        raise NotYours() if run(_IS_SHOWN, {"id": message_id}) else MessageNotFound()


def _check(text: str) -> None:
    if not text:
        raise EmptyText()
    if len(text) > LONGEST_TEXT:
        raise TextTooLong()
    if "\0" in text:
        raise BadRequest("A text can't hold NUL characters.")
