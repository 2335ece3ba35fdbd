"""Putting pages together from what several services know.

A part whose service does not answer is None; the page says what is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from chassis.http_client import Unavailable
from web.clients.followers import Counts
from web.clients.messages import Cursor, Page
from web.clients.users import Person
from web.providers import Providers

T = TypeVar("T")


@dataclass(frozen=True)
class Home:
    page: Page | None
    followees_missing: bool


@dataclass(frozen=True)
class Follow:
    """`following`: whether the visitor follows this person; None for nobody and for oneself."""

    counts: Counts | None = None
    following: bool | None = None
    is_missing: bool = False


def public(providers: Providers, cursor: Cursor) -> Page | None:
    """Everybody's messages."""
    return _part(lambda: providers.messages.everybodys(cursor))


def home(providers: Providers, own_id: int, cursor: Cursor) -> Home:
    """One's own messages and those of whom one follows."""
    followees = _part(lambda: providers.followers.followee_ids(own_id))
    authors = [own_id, *(followees or ())]
    page = _part(lambda: providers.messages.of_all(authors, cursor))
    return Home(page, followees_missing=followees is None)


def of(providers: Providers, person: Person, cursor: Cursor) -> Page | None:
    """One person's messages."""
    return _part(lambda: providers.messages.of(person.id, cursor))


def follow(providers: Providers, person: Person, visitor_id: int | None) -> Follow:
    """What followers knows about a person, and about the visitor and that person."""

    def ask() -> Follow:
        if visitor_id is None:
            return Follow(providers.followers.counts_lately(person.id))
        if visitor_id == person.id:
            return Follow(providers.followers.counts(person.id))
        return Follow(*providers.followers.seen_by(visitor_id, person.id))

    return _part(ask) or Follow(is_missing=True)


def _part(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except Unavailable:
        return None
