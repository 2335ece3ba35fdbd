"""Putting pages together from what several services know.

A part whose service does not answer is None; the page says what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from chassis.connections import Pending
from chassis.http_client import Unavailable
from web.clients.followers import Counts
from web.clients.messages import Cursor, Page
from web.clients.users import Person
from web.providers import Providers

T = TypeVar("T")


def part(answer: Pending[T]) -> T | None:
    """None where the service that was asked does not answer."""
    try:
        return answer()
    except Unavailable:
        return None


@dataclass(frozen=True)
class Home:
    page: Page | None
    followees_missing: bool


@dataclass(frozen=True)
class FollowStatus:
    """`following`: whether the visitor follows this person; None for nobody and for oneself."""

    counts: Counts | None = None
    following: bool | None = None
    is_missing: bool = False


def home(
    providers: Providers, own_id: int, followees: Sequence[int] | None, cursor: Cursor
) -> Home:
    """One's own messages and those of whom one follows."""
    page = providers.messages.of_all([own_id, *(followees or ())], cursor)
    return Home(part(page), followees_missing=followees is None)


def follow_status(
    providers: Providers, person: Person, visitor_id: int | None
) -> Pending[FollowStatus]:
    """What followers knows about a person, and about the visitor and that person."""
    followers = providers.followers
    if visitor_id is None:
        counts = followers.counts_lately(person.id)
    elif visitor_id == person.id:
        counts = followers.counts(person.id)
    else:
        seen = followers.seen_by(visitor_id, person.id)
        return lambda: FollowStatus(*seen())
    return lambda: FollowStatus(counts())
