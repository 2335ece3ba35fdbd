"""Logging in: a name and a password for a session."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import TryLater
from users import metrics, sessions
from users.errors import UnknownUsername, WrongPassword
from users.hashing import Hasher
from users.models import Account, replace_hash

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoggedIn:
    """Who logged in, and the token of the session that this started."""

    id: int
    name: str
    session_token: str


def log_in(
    session: Session, hasher: Hasher, name: str, password: str, lifetime: timedelta
) -> LoggedIn:
    """Start a session; UnknownUsername or WrongPassword (401), TryLater (503) under load."""
    with hasher.checking():
        account = _account(session, name)
        if account is None:
            log_failure("unknown-username")
            raise UnknownUsername()
        account_id, kept = account
        if not hasher.matches(kept, password):
            log_failure("wrong-password", account_id)
            raise WrongPassword()
        token = sessions.start(session, account_id, kept, lifetime)
        if hasher.is_outdated(kept):
            _strengthen(session, hasher, account_id, kept, password)
    return LoggedIn(account_id, name, token)


def _account(session: Session, name: str) -> tuple[int, str] | None:
    if "\0" in name:  # Postgres has no such text
        return None
    statement = select(Account.id, Account.password_hash).where(Account.name == name)
    row = session.execute(statement).one_or_none()
    session.commit()
    return None if row is None else (row.id, row.password_hash)


def _strengthen(
    session: Session, hasher: Hasher, account_id: int, kept: str, password: str
) -> None:
    """Store a hash with today's parameters; under load that is left to a later login."""
    with suppress(TryLater):
        replace_hash(session, account_id, kept, hasher.hash(password))
        session.commit()


def log_failure(reason: str, account_id: int | None = None) -> None:
    """Count and write down a wrong guess, of a password or a name.

    What was typed is not written: people type passwords into the wrong field.
    """
    event = {
        "event.action": "login-failed",
        "event.category": ["authentication"],
        "event.outcome": "failure",
        "event.reason": reason,
    }
    metrics.login_failures.labels(reason).inc()
    if account_id is not None:
        event["user.id"] = str(account_id)
    _log.warning("login failed", extra=event)
