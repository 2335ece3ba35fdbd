"""Reading: everybody's messages, one's own timeline, and one person's."""

from functools import partial
from typing import Any

from flask import (
    Blueprint,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from chassis.connections import Pending
from chassis.paging import LARGEST_ID
from web import cookies, timelines, visitor
from web.addresses import own_address
from web.clients.messages import Cursor
from web.clients.users import Person
from web.known_sessions import Visitor
from web.providers import providers
from web.timelines import FollowStatus, part

blueprint = Blueprint("timelines", __name__)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """My Timeline."""
    followees = visitor.meanwhile(_followees)
    seen = visitor.look()
    if seen.visitor is None and not seen.in_doubt:
        if cookies.is_missing_after(url_for("accounts.login"), own_address()):
            return render_template("login.html", fault=cookies.MAY_NOT_BE_KEPT)
        return redirect(url_for("timelines.public"))
    return render_home(seen.visitor, followees)


@blueprint.get("/public")
def public() -> ResponseReturnValue:
    """Public Timeline; the gateway may keep what is complete and was made for nobody."""
    is_for_nobody = not session
    messages = providers().messages.everybodys(cursor())
    visitor.begin()
    page = part(messages)
    response = make_response(render_template("public.html", page=page))
    if is_for_nobody and page is not None:
        response.headers["X-Accel-Expires"] = "1"
    return response


@blueprint.get("/<name:name>")
def user(name: str) -> ResponseReturnValue:
    """NAME's Timeline."""
    visitor.begin()
    led_here = cookies.is_missing_after(url_for("accounts.login"))
    fault = cookies.MAY_NOT_BE_KEPT if led_here else None
    return render_user(person_called(name), fault=fault)


def person_called(name: str) -> Person:
    """Whose page it is; 404 if nobody is called so."""
    return providers().users.find(name) or abort(404)


def render_home(
    me: Visitor | None, followees: Pending[list[int]] | None = None, **values: Any
) -> str:
    """Home; without messages where it is in doubt whose. `followees` may be asked already."""
    if me is None:
        return render_template("home.html", page=None, **values)
    ids = part(followees or _followees(me.id))
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


def _followees(own_id: int | None) -> Pending[list[int]]:
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
