"""Passwords: which are accepted, and how one is changed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import TryLater
from chassis.tokens import Identity
from users import sessions
from users.errors import InvalidPassword, WrongCurrentPassword
from users.hashing import Hasher
from users.models import Account, replace_hash


def check(password: str, shortest: int = 1) -> None:
    """InvalidPassword (400), saying why, for one that can't be had."""
    if not password:
        raise InvalidPassword()
    if len(password) < shortest:
        raise InvalidPassword(f"Your password needs at least {shortest} characters")


def change(session: Session, hasher: Hasher, who: Identity, current: str, new: str) -> None:
    """Keep a new password, which has been `check`ed, and end all of one's other sessions.

    Unauthorized (401) if one's own session has ended, WrongCurrentPassword (403), TryLater (503)
    in a crowd.
    """
    sessions.require(session, who)
    kept = session.execute(select(Account.password_hash).where(Account.id == who.id)).scalar_one()
    session.commit()
    with hasher.checking():
        if not hasher.matches(kept, current):
            raise WrongCurrentPassword()
        made = hasher.hash(new)
    with sessions.in_effect(session):
        if not replace_hash(session, who.id, kept, made):
            raise TryLater()  # replaced meanwhile: asked again, the answer is the right one
        sessions.end_others(session, who)
        session.commit()
