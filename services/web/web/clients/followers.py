"""What web asks of followers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import Any, TypeVar

from chassis.connections import Pending
from chassis.http_client import Provider
from web import names
from web.clients.answers import is_done, parsed
from web.clients.lists import Cursor, Page, page_in
from web.clients.users import Person

COUNTS_KEPT = 10_000

T = TypeVar("T")


@dataclass(frozen=True)
class Counts:
    followers: int
    followees: int


class Followers:
    """Calls raise Unavailable when followers gives no answer, Refused when it says no."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._cell = lru_cache(maxsize=COUNTS_KEPT)(_empty_cell)

    def follow(self, access_token: str, name: str) -> bool:
        """Follow a person; False if nobody is called so."""
        return self._set("PUT", access_token, name)

    def unfollow(self, access_token: str, name: str) -> bool:
        """Unfollow a person; False if nobody is called so."""
        return self._set("DELETE", access_token, name)

    def followee_ids(self, person_id: int) -> Pending[list[int]]:
        """Whom a person follows."""
        answer = self.provider.begin("GET", f"/v1/users/{person_id}/followee-ids")
        return parsed(self.provider, answer, lambda body: list(map(int, body["ids"])))

    def followers(self, person_id: int, cursor: Cursor) -> Pending[Page[Person]]:
        """Who follows a person, the newest follow first."""
        return self._people(f"/v1/users/{person_id}/followers", cursor)

    def followees(self, person_id: int, cursor: Cursor) -> Pending[Page[Person]]:
        """Whom a person follows, the newest follow first."""
        return self._people(f"/v1/users/{person_id}/followees", cursor)

    def counts(self, person_id: int) -> Pending[Counts]:
        return self._counted(person_id, _counts)

    def seen_by(self, visitor_id: int, person_id: int) -> Pending[tuple[Counts, bool]]:
        """A person's counts, and whether the visitor follows that person."""

        def seen(body: Any) -> tuple[Counts, bool]:
            return _counts(body), bool(body["is_followed"])

        return self._counted(person_id, seen, {"follower": visitor_id})

    def counts_lately(self, person_id: int) -> Pending[Counts]:
        """`counts`, at most a second old: for visitors who can't tell the difference."""
        cell = self._cell(int(monotonic()), person_id)
        if cell:
            return lambda: cell[0]
        counts = self.counts(person_id)

        def fill() -> Counts:
            cell.append(counts())
            return cell[0]

        return fill

    def _people(self, path: str, cursor: Cursor) -> Pending[Page[Person]]:
        answer = self.provider.begin("GET", path, params=cursor.bounds())
        return parsed(self.provider, answer, lambda body: page_in(body, _person))

    def _counted(
        self, person_id: int, read: Callable[[Any], T], params: dict[str, int] | None = None
    ) -> Pending[T]:
        answer = self.provider.begin("GET", f"/v1/users/{person_id}/counts", params=params)
        return parsed(self.provider, answer, read)

    def _set(self, method: str, access_token: str, name: str) -> bool:
        if not names.is_possible(name):
            return False
        path = f"/v1/followees/{names.quoted(name)}"
        answer = self.provider.call(method, path, token=access_token)
        return is_done(self.provider, answer, unless=404)


def _person(item: dict[str, Any]) -> Person:
    return Person(int(item["id"]), str(item["name"]))


def _counts(body: Any) -> Counts:
    return Counts(int(body["followers"]), int(body["followees"]))


def _empty_cell(_second: int, _person_id: int) -> list[Counts]:
    """Where the first answer of a second about a person is kept for the others."""
    return []
