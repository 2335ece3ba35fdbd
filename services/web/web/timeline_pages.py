"""The pages that several routes answer with: home and a person's, as they are or with a fault.

Each is put together from what several services know. A part whose service does not answer is None,
and the page says what is missing.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from flask import abort, render_template, request

from chassis.connections import Pending
from chassis.http_client import Unavailable
from chassis.paging import LARGEST_ID
from web import turns, visitor
from web.clients.followers import Counts
from web.clients.lists import Cursor, Page
from web.clients.messages import Message
from web.clients.users import Person
from web.known_sessions import Visitor
from web.providers import providers

T = TypeVar("T")


@dataclass(frozen=True)
class FollowStatus:
    """`following`: whether the visitor follows this person; None for nobody and for oneself."""

    counts: Counts | None = None
    following: bool | None = None
    is_missing: bool = False


def or_none(answer: Pending[T]) -> T | None:
    """The answer; None where the service that was asked gives none."""
    try:
        return answer()
    except Unavailable:
        return None


def person_called(name: str) -> Person:
    """Whose page it is; 404 if nobody is called so."""
    return providers().users.find(name) or abort(404)


def draw(template: str, page: Page[Message] | None, **values: Any) -> str:
    """A page of messages; if these are long, in its turn."""
    visitor.look()  # Now, since a turn is no time to wait for users.
    turns.take(sum(len(each.text) for each in page.items) if page else 0)
    return render_template(template, page=page, **values)


def render_home(
    me: Visitor | None, followees: Pending[list[int]] | None = None, **values: Any
) -> str:
    """Home, without messages while the visitor is in doubt; `followees` if they were asked for."""
    if me is None:
        return draw("home.html", None, **values)
    ids = or_none(followees or followees_of(me.id))
    page = or_none(providers().messages.of_all([me.id, *(ids or ())], cursor()))
    return draw("home.html", page, followees_missing=ids is None, **values)


def render_user(person: Person, follow: FollowStatus | None = None, **values: Any) -> str:
    """A person's page; followers is asked unless the answer is given."""
    messages = providers().messages.of(person.id, cursor())
    if follow is None:
        asked = visitor.meanwhile(partial(_follow_status, person))
        follow = or_none(asked) or FollowStatus(is_missing=True)
    return draw("user.html", or_none(messages), person=person, follow=follow, **values)


def followees_of(own_id: int | None) -> Pending[list[int]]:
    """Whom a person follows; nobody follows nobody."""
    return list if own_id is None else providers().followers.followee_ids(own_id)


def cursor() -> Cursor:
    """Which page is asked for; the first one where that can't be read."""
    if request.method == "POST" or not request.query_string:
        return Cursor()
    before, after = (_id(request.args.get(name, "")) for name in ("before", "after"))
    return Cursor(before, after if before is None else None)


def _follow_status(person: Person, visitor_id: int | None) -> Pending[FollowStatus]:
    """What followers knows about a person, and about the visitor and that person."""
    followers = providers().followers
    if visitor_id is None:
        counts = followers.counts_lately(person.id)
    elif visitor_id == person.id:
        counts = followers.counts(person.id)
    else:
        seen = followers.seen_by(visitor_id, person.id)
        return lambda: FollowStatus(*seen())
    return lambda: FollowStatus(counts())


def _id(raw: str) -> int | None:
    is_number = raw.isascii() and raw.isdigit() and len(raw) < 20
    return int(raw) if is_number and 0 < int(raw) <= LARGEST_ID else None
