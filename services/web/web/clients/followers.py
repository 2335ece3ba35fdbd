"""What web asks of followers."""

from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

from chassis.connections import Pending
from chassis.http_client import Provider
from web import names
from web.clients.answers import Refused, accept, reading

COUNTS_KEPT = 10_000


@dataclass(frozen=True)
class Counts:
    followers: int
    followees: int


class Followers:
    """Every answer is Unavailable when followers gives none, Refused when it says no."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._known_in = lru_cache(maxsize=COUNTS_KEPT)(_nothing_yet)

    def follow(self, access_token: str, name: str) -> bool:
        """Follow a person; False if nobody is called so."""
        return self._set("PUT", access_token, name)

    def unfollow(self, access_token: str, name: str) -> bool:
        """Follow a person no longer; False if nobody is called so."""
        return self._set("DELETE", access_token, name)

    def followee_ids(self, person_id: int) -> Pending[list[int]]:
        """Whom a person follows."""
        answer = self.provider.begin("GET", f"/v1/users/{person_id}/followee-ids")

        def ids() -> list[int]:
            said = answer()
            with reading(self.provider):
                return list(map(int, accept(self.provider, said, 200)["ids"]))

        return ids

    def is_following(self, person_id: int, other_id: int) -> bool:
        answer = self.provider.call("GET", f"/v1/users/{person_id}/followees/{other_id}")
        if answer.status == 404:
            return False
        accept(self.provider, answer, 204)
        return True

    def counts(self, person_id: int) -> Pending[Counts]:
        counted = self._counted(person_id)
        return lambda: counted()[0]

    def seen_by(self, visitor_id: int, person_id: int) -> Pending[tuple[Counts, bool]]:
        """A person's counts, and whether the visitor follows that person."""
        counted = self._counted(person_id, {"follower": visitor_id})

        def seen() -> tuple[Counts, bool]:
            counts, is_followed = counted()
            # The release before knows no `follower`, and is there while this one is deployed.
            if is_followed is None:
                is_followed = self.is_following(visitor_id, person_id)
            return counts, is_followed

        return seen

    def counts_lately(self, person_id: int) -> Pending[Counts]:
        """`counts`, asked once in each second of the clock: for who can't tell the difference."""
        known = self._known_in(int(monotonic()), person_id)
        if known:
            return lambda: known[0]
        counts = self.counts(person_id)

        def lately() -> Counts:
            known.append(counts())
            return known[0]

        return lately

    def _counted(
        self, person_id: int, params: dict[str, int] | None = None
    ) -> Pending[tuple[Counts, bool | None]]:
        answer = self.provider.begin("GET", f"/v1/users/{person_id}/counts", params=params)

        def counted() -> tuple[Counts, bool | None]:
            said = answer()
            with reading(self.provider):
                body = accept(self.provider, said, 200)
                counts = Counts(int(body["followers"]), int(body["followees"]))
                return counts, body.get("is_followed")

        return counted

    def _set(self, method: str, access_token: str, name: str) -> bool:
        if not names.is_possible(name):
            return False
        path = f"/v1/followees/{names.quoted(name)}"
        try:
            accept(self.provider, self.provider.call(method, path, token=access_token), 204)
        except Refused as refused:
            if refused.status == 404:
                return False
            raise
        return True


def _nothing_yet(_second: int, _person_id: int) -> list[Counts]:
    return []
