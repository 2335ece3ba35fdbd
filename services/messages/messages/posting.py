"""Post a message, and take one's own back."""

from sqlalchemy import delete as deletion
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from chassis.errors import BadRequest
from messages.errors import LONGEST_TEXT, EmptyText, MessageNotFound, NotYours, TextTooLong
from messages.models import Message


def post(session: Session, author_id: int, author_name: str, text: str) -> Message:
    """Store a text as it was sent; EmptyText, TextTooLong, or BadRequest for a NUL in it."""
    _check(text)
    values = {"author_id": author_id, "author_name": author_name, "text": text}
    message = session.scalars(insert(Message).values(values).returning(Message)).one()
    session.expunge(message)  # so that it can be read after the commit without asking again
    session.commit()
    return message


def delete(session: Session, message_id: int, author_id: int) -> None:
    """Delete an author's own message, shown or hidden; NotYours or MessageNotFound otherwise."""
    own = (Message.id == message_id, Message.author_id == author_id)
    if session.scalar(deletion(Message).where(*own).returning(Message.id)) is None:
        shown = select(Message.id).where(Message.id == message_id, ~Message.flagged)
        raise MessageNotFound() if session.scalar(shown) is None else NotYours()
    session.commit()


def _check(text: str) -> None:
    if not text:
        raise EmptyText()
    if len(text) > LONGEST_TEXT:
        raise TextTooLong()
    if "\0" in text:
        raise BadRequest("A text can't hold NUL characters.")
