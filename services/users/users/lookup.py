"""Who is who: a name to an id, and many ids to names."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.statements import Run
from users.errors import UserNotFound
from users.models import Account

_BY_NAME = "SELECT id, name FROM users.accounts WHERE name = %(name)s"


@dataclass(frozen=True)
class Person:
    """What everybody may know of an account."""

    id: int
    name: str


def by_name(run: Run, name: str) -> Person:
    """Who is called exactly so; UserNotFound (404)."""
    if "\0" in name:  # Postgres has no such text
        raise UserNotFound()
    for row in run(_BY_NAME, {"name": name}):
        return Person(*row)
    raise UserNotFound()


def by_ids(session: Session, ids: Sequence[int]) -> list[Person]:
    """Those of `ids` that there are, in ascending order."""
    statement = select(Account.id, Account.name).where(Account.id.in_(ids)).order_by(Account.id)
    return [Person(row.id, row.name) for row in session.execute(statement)]
