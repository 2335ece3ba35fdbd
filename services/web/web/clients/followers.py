"""What web asks of followers."""

from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

from chassis.http_client import Provider
from web import names
from web.clients.answers import Refused, accept, reading

COUNTS_KEPT = 10_000


@dataclass(frozen=True)
class Counts:
    followers: int
    followees: int


class Followers:
    """Every method raises Unavailable when followers gives no answer, Refused when it says no."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._counts_in = lru_cache(maxsize=COUNTS_KEPT)(lambda second, id_: self.counts(id_))

    def follow(self, access_token: str, name: str) -> bool:
        """Follow a person; False if nobody is called so."""
        return self._set("PUT", access_token, name)

    def unfollow(self, access_token: str, name: str) -> bool:
        """Follow a person no longer; False if nobody is called so."""
        return self._set("DELETE", access_token, name)

    def followee_ids(self, person_id: int) -> list[int]:
        """Whom a person follows."""
        answer = self.provider.call("GET", f"/v1/users/{person_id}/followee-ids")
        with reading(self.provider):
            return list(map(int, accept(self.provider, answer, 200)["ids"]))

    def is_following(self, person_id: int, other_id: int) -> bool:
        answer = self.provider.call("GET", f"/v1/users/{person_id}/followees/{other_id}")
        if answer.status == 404:
            return False
        accept(self.provider, answer, 204)
        return True

    def counts(self, person_id: int) -> Counts:
        counts, _ = self._counted(person_id)
        return counts

    def seen_by(self, visitor_id: int, person_id: int) -> tuple[Counts, bool]:
        """A person's counts, and whether the visitor follows that person."""
        counts, is_followed = self._counted(person_id, {"follower": visitor_id})
        # The release before knows no `follower`, and is still there while this one is deployed.
        if is_followed is None:
            is_followed = self.is_following(visitor_id, person_id)
        return counts, is_followed

    def counts_lately(self, person_id: int) -> Counts:
        """`counts`, asked once in each second of the clock: for who can't tell the difference."""
        return self._counts_in(int(monotonic()), person_id)

    def _counted(
        self, person_id: int, params: dict[str, int] | None = None
    ) -> tuple[Counts, bool | None]:
        answer = self.provider.call("GET", f"/v1/users/{person_id}/counts", params=params)
        with reading(self.provider):
            body = accept(self.provider, answer, 200)
            counts = Counts(int(body["followers"]), int(body["followees"]))
            return counts, body.get("is_followed")

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
