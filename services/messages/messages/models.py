"""The tables of the schema `messages`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, Text, false, func
from sqlalchemy.orm import Mapped, mapped_column

from chassis import database, statements
from chassis.simulator import latest_table

db = database.schema("messages")
run = statements.on(db)


class Message(db.Model):  # type: ignore[name-defined,misc]
    """What somebody posted. Names never change, so the author's is kept beside the id."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    author_id: Mapped[int] = mapped_column(BigInteger)
    author_name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    flagged: Mapped[bool] = mapped_column(server_default=false())
    idempotency_key: Mapped[UUID | None]


# Timelines read both of the first two backwards: one author's (see timelines.py), everybody's.
Index(
    "messages_author_id_id_idx",
    Message.author_id,
    Message.id,
    postgresql_where=~Message.flagged,
)
Index("messages_id_idx", Message.id, postgresql_where=~Message.flagged)
Index("messages_flagged_id_idx", Message.id, postgresql_where=Message.flagged)
Index(
    "messages_author_id_idempotency_key_idx",
    Message.author_id,
    Message.idempotency_key,
    unique=True,
    postgresql_where=Message.idempotency_key.is_not(None),
)

latest = latest_table(db.metadata)
