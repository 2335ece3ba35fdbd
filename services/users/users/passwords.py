"""Passwords: which are accepted, and how one is changed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import TryLater
from chassis.tokens import Identity
from users import sessions
from users.errors import InvalidPassword, WrongCurrentPassword
from users.hashing import Hasher
from users.login import log_failure
from users.models import Account, replace_hash


def check(password: str, shortest: int = 1) -> None:
    """InvalidPassword (400), saying why, for one that can't be had."""
    if not password:
        raise InvalidPassword()
    if len(password) < shortest:
        raise InvalidPassword(f"Your password needs at least {shortest} characters")


def change(session: Session, hasher: Hasher, who: Identity, current: str, new: str) -> None:
    """Keep a new password, which has been `check`ed, and end all of one's other sessions.

    Asked twice, as by a form that was sent twice, it is done once. Unauthorized (401) if one's own
    session has ended, WrongCurrentPassword (403), TryLater (503) in a crowd.
    """
    with hasher.checking():
        is_done = _changed(session, hasher, who, current, new)
        # The hash was replaced meanwhile, perhaps by the same form sent twice: a second try tells.
        if not is_done and not _changed(session, hasher, who, current, new):
            raise TryLater()


def _changed(session: Session, hasher: Hasher, who: Identity, current: str, new: str) -> bool:
    """Whether the new password is in place; False if the hash was replaced during the check."""
    sessions.require(session, who)
    kept = session.execute(select(Account.password_hash).where(Account.id == who.id)).scalar_one()
    session.commit()
    if not hasher.matches(kept, current):
        if hasher.matches(kept, new):
            return True
        log_failure("wrong-current-password", who.id)
        raise WrongCurrentPassword()
    made = hasher.hash(new)
    with sessions.in_effect(session):
        is_replaced = replace_hash(session, who.id, kept, made)
        if is_replaced:
            sessions.end_others(session, who)
            session.commit()
    return is_replaced
