"""Registering: the checks in the contract's order, and an account."""

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from users import names, passwords
from users.errors import InvalidEmail, UsernameTaken
from users.hashing import Hasher
from users.lookup import Person
from users.models import Account

LONGEST_EMAIL = 1_000
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Application:
    """What somebody typed who wants an account."""

    name: str
    email: str
    password: str

    def check(self, shortest_password: int = 1) -> None:
        """InvalidUsername, InvalidEmail or InvalidPassword (400): the first that applies."""
        names.check(self.name)
        _check_email(self.email)
        passwords.check(self.password, shortest_password)


def register(session: Session, hasher: Hasher, application: Application) -> Person:
    """An account for an application that has been `check`ed; UsernameTaken (409)."""
    taken = select(Account.id).where(Account.name == application.name)
    if session.execute(taken).one_or_none() is not None:
        raise UsernameTaken()
    session.commit()
    password_hash = hasher.hash(application.password)
    row = session.execute(
        insert(Account)
        .values(name=application.name, email=application.email, password_hash=password_hash)
        .on_conflict_do_nothing(index_elements=[Account.name])
        .returning(Account.id)
    ).one_or_none()
    session.commit()
    if row is None:
        raise UsernameTaken()
    return Person(row.id, application.name)


def _check_email(email: str) -> None:
    if "@" not in email or _CONTROL.search(email):
        raise InvalidEmail()
    if len(email) > LONGEST_EMAIL:
        raise InvalidEmail(f"An email address can have at most {LONGEST_EMAIL:,} characters")
