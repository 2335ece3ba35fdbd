"""The pages that several routes answer with: home and a person's, as they are or with a fault."""

from functools import partial
from typing import Any

from flask import abort, render_template, request

from chassis.connections import Pending
from chassis.paging import LARGEST_ID
from web import timelines, visitor
from web.clients.messages import Cursor
from web.clients.users import Person
from web.known_sessions import Visitor
from web.providers import providers
from web.timelines import FollowStatus, part


def person_called(name: str) -> Person:
    """Whose page it is; 404 if nobody is called so."""
    return providers().users.find(name) or abort(404)


def render_home(
    me: Visitor | None, followees: Pending[list[int]] | None = None, **values: Any
) -> str:
    """Home, without messages while the visitor is in doubt; `followees` if they were asked for."""
    if me is None:
        return render_template("home.html", page=None, **values)
    ids = part(followees or followees_of(me.id))
    parts = timelines.home(providers(), me.id, ids, cursor())
    return render_template(
        "home.html", page=parts.page, followees_missing=parts.followees_missing, **values
    )


def render_user(person: Person, follow: FollowStatus | None = None, **values: Any) -> str:
    """A person's page; followers is asked unless the answer is given."""
    messages = providers().messages.of(person.id, cursor())
    if follow is None:
        asked = visitor.meanwhile(partial(timelines.follow_status, providers(), person))
        follow = part(asked) or FollowStatus(is_missing=True)
    return render_template("user.html", person=person, page=part(messages), follow=follow, **values)


def followees_of(own_id: int | None) -> Pending[list[int]]:
    """Whom a person follows; nobody follows nobody."""
    return list if own_id is None else providers().followers.followee_ids(own_id)


def cursor() -> Cursor:
    """Which page is asked for; the first one where that can't be read."""
    if request.method == "POST" or not request.query_string:
        return Cursor()
    before, after = (_message_id(request.args.get(name, "")) for name in ("before", "after"))
    return Cursor(before, after if before is None else None)


def _message_id(raw: str) -> int | None:
    is_number = raw.isascii() and raw.isdigit() and len(raw) < 20
    return int(raw) if is_number and 0 < int(raw) <= LARGEST_ID else None
