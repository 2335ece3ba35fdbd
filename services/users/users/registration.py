"""Registering: the checks in the contract's order, and an account."""

from dataclasses import dataclass

from chassis.statements import Run
from users import names, passwords
from users.errors import InvalidEmail, UsernameTaken
from users.hashing import Hasher
from users.lookup import Person

LONGEST_EMAIL = 1_000
_IS_TAKEN = "SELECT 1 FROM users.accounts WHERE name = %(name)s"
# Somebody may have taken the name meanwhile: a hash takes its time.
_REGISTER = """
    INSERT INTO users.accounts (name, email, password_hash)
    VALUES (%(name)s, %(email)s, %(password_hash)s)
    ON CONFLICT (name) DO NOTHING RETURNING id
"""


@dataclass(frozen=True)
class NewAccount:
    """What somebody typed who wants an account."""

    name: str
    email: str
    password: str

    def check(self, shortest_password: int = 1) -> None:
        """InvalidUsername, InvalidEmail or InvalidPassword (400): the first that applies."""
        names.check(self.name)
        _check_email(self.email)
        passwords.check(self.password, shortest_password)


def register(run: Run, hasher: Hasher, account: NewAccount) -> Person:
    """Make the account, which has been `check`ed; UsernameTaken (409)."""
    if run(_IS_TAKEN, {"name": account.name}):
        raise UsernameTaken()
    kept = {
        "name": account.name,
        "email": account.email,
        "password_hash": hasher.hash(account.password),
    }
    for (id_,) in run(_REGISTER, kept):
        return Person(id_, account.name)
    raise UsernameTaken()


def _check_email(email: str) -> None:
    if "@" not in email or "\0" in email:  # Postgres has no such text
        raise InvalidEmail()
    if len(email) > LONGEST_EMAIL:
        raise InvalidEmail(f"An email address can have at most {LONGEST_EMAIL:,} characters")
