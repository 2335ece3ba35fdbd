"""The tables of the schema `users`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    LargeBinary,
    Text,
    func,
    true,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from chassis.database import schema
from chassis.simulator import latest_table
from chassis.statements import on

db = schema("users")
run = on(db)
latest = latest_table(db.metadata)


class Account(db.Model):  # type: ignore[name-defined,misc]
    """Somebody. The name never changes: others keep copies of it."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    email: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class LoginSession(db.Model):  # type: ignore[name-defined,misc]
    """Somebody who is logged in somewhere; only a digest of the token is kept."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey(Account.id, ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class Revocation(db.Model):  # type: ignore[name-defined,misc]
    """At most one row, whose `revision` changes whenever a session is ended before it expires.

    Triggers write it (migration 0003).
    """

    __tablename__ = "revocations"
    __table_args__ = (CheckConstraint("singleton", name="singleton"),)

    singleton: Mapped[bool] = mapped_column(primary_key=True, server_default=true())
    revision: Mapped[UUID]


def replace_hash(session: Session, account_id: int, old: str, new: str) -> bool:
    """Keep another password hash, unless somebody else has replaced `old` meanwhile."""
    statement = (
        update(Account)
        .where(Account.id == account_id, Account.password_hash == old)
        .values(password_hash=new)
        .returning(Account.id)
    )
    return session.execute(statement).one_or_none() is not None
