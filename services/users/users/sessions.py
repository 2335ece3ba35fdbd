"""Sessions: opaque tokens that can be revoked; the table knows only their digests.

Whoever trades one is told the revision of all sessions and gets a lease: any session known to have
this revision may be taken as valid for LEASE_SECONDS more. In return, whoever ends a
session is told so only once all leases given before have run out. Trading it fails at once (ADR 2).
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import sleep
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from chassis.errors import TryLater, Unauthorized
from chassis.statements import Prepared, Run
from chassis.tokens import Identity
from users.models import Account, LoginSession

TOKEN_BYTES = 32
FORGOTTEN = 10
LEASE_SECONDS = 0.1
_RESUME = Prepared("""
    SELECT account.id, account.name, session.id,
        ceil(extract(epoch FROM expires_at - now()))::int,
        coalesce((SELECT revision::text FROM users.revocations), 'none')
    FROM users.sessions AS session JOIN users.accounts AS account ON account.id = account_id
    WHERE token_hash = %(token_hash)s AND expires_at > now()
""")


class Resumed(NamedTuple):
    """Whose a session is, in how many seconds it ends by itself, and the revision of all."""

    who: Identity
    seconds: int
    revision: str


@contextmanager
def in_effect(session: Session) -> Iterator[None]:
    """Sessions ended in this block have ended for everybody once it is left, even by an error.

    It waits until the leases are over. Whatever is not committed is rolled back before that, so
    that nobody waits for its connection and locks.
    """
    try:
        yield
    finally:
        session.rollback()
        sleep(LEASE_SECONDS)


def start(session: Session, account_id: int, password_hash: str, lifetime: timedelta) -> str:
    """A new session's token; TryLater (503) if the password was replaced since it was checked.

    The account's row is locked against a change of password: that ends all other sessions
    and must not miss this one.
    """
    unchanged = (
        select(Account.id)
        .where(Account.id == account_id, Account.password_hash == password_hash)
        .with_for_update(read=True)
    )
    if session.execute(unchanged).one_or_none() is None:
        raise TryLater()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.execute(
        insert(LoginSession).values(
            account_id=account_id, token_hash=_digest(token), expires_at=func.now() + lifetime
        )
    )
    _forget_expired(session)
    session.commit()
    return token


def resume(run: Run, token: str) -> Resumed:
    """Whom a session's token speaks for; Unauthorized (401) if the session has ended."""
    for *who, seconds, revision in run(_RESUME, {"token_hash": _digest(token)}):
        return Resumed(Identity(*who), seconds, revision)
    raise Unauthorized("This session has ended.")


def require(session: Session, who: Identity) -> None:
    """Unauthorized (401) if the session that an access token was made from has ended."""
    statement = select(LoginSession.id).where(
        LoginSession.id == who.session_id,
        LoginSession.account_id == who.id,
        LoginSession.expires_at > func.now(),
    )
    if session.execute(statement).one_or_none() is None:
        raise Unauthorized("This session has ended.")


def end(session: Session, who: Identity) -> None:
    """End the session that an access token was made from; Unauthorized (401) if it has ended."""
    with in_effect(session):
        require(session, who)
        session.execute(delete(LoginSession).where(LoginSession.id == who.session_id))
        session.commit()


def end_all(session: Session, who: Identity) -> None:
    """End all of one's sessions; Unauthorized (401) if one's own has ended."""
    with in_effect(session):
        require(session, who)
        session.execute(delete(LoginSession).where(LoginSession.account_id == who.id))
        session.commit()


def end_others(session: Session, who: Identity) -> None:
    """End all of one's sessions but the one at hand, in the caller's transaction (`in_effect`)."""
    others = delete(LoginSession).where(
        LoginSession.account_id == who.id, LoginSession.id != who.session_id
    )
    session.execute(others)


def _forget_expired(session: Session) -> None:
    """Delete some expired sessions, more than a login adds; skip those another login deletes."""
    expired = (
        select(LoginSession.id)
        .where(LoginSession.expires_at <= func.now())
        .order_by(LoginSession.expires_at)
        .limit(FORGOTTEN)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(LoginSession).where(LoginSession.id.in_(expired)))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
