"""Who follows a person, and whom that person follows."""

from collections.abc import Callable

from flask import Blueprint, render_template

from chassis.connections import Pending
from web import visitor
from web.clients.lists import Cursor, Page
from web.clients.users import Person
from web.providers import providers
from web.timeline_pages import cursor, or_none, person_called

blueprint = Blueprint("people", __name__)


@blueprint.get("/<name:name>/followers")
def followers(name: str) -> str:
    """NAME's Followers."""
    ask, empty = providers().followers.followers, f"Nobody follows {name} so far."
    return _render(name, ask, f"{name}'s Followers", empty)


@blueprint.get("/<name:name>/following")
def followees(name: str) -> str:
    """Followed by NAME."""
    ask, empty = providers().followers.followees, f"{name} follows nobody so far."
    return _render(name, ask, f"Followed by {name}", empty)


def _render(
    name: str, ask: Callable[[int, Cursor], Pending[Page[Person]]], heading: str, empty: str
) -> str:
    visitor.begin()
    person = person_called(name)
    page = or_none(ask(person.id, cursor()))
    return render_template("people.html", person=person, page=page, heading=heading, empty=empty)
