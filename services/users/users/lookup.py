"""Who is who: a name to an id."""

from dataclasses import dataclass

from chassis.statements import Run
from users.errors import UserNotFound

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
