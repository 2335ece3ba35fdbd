"""The tables of the schema `followers`."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    DateTime,
    Identity,
    Index,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from chassis import database, simulator, statements

db = database.schema("followers")
run = statements.on(db)
latest = simulator.latest_table(db.metadata)


class Follow(db.Model):  # type: ignore[name-defined,misc]
    """One person follows another. Names never change, so both stand here as copies."""

    __tablename__ = "follows"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    follower_id: Mapped[int] = mapped_column(BigInteger)
    follower_name: Mapped[str]
    followee_id: Mapped[int] = mapped_column(BigInteger)
    followee_name: Mapped[str]
    followed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )

    __table_args__ = (
        UniqueConstraint("follower_id", "followee_id"),
        # Home timelines read up to 10,000 ids at once: from the index alone.
        Index(None, "follower_id", "id", postgresql_include=["followee_id"]),
        Index(None, "followee_id", "id"),
    )


class Counts(db.Model):  # type: ignore[name-defined,misc]
    """How many rows of `follows` a person stands in, kept by the statements of following.py."""

    __tablename__ = "counts"

    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    followers: Mapped[int]
    followees: Mapped[int]
