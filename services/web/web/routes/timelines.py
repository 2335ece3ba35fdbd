"""Reading: everybody's messages, one's own timeline, and one person's."""

from flask import Blueprint, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from web import cookies, visitor
from web.addresses import own_address
from web.providers import providers
from web.timeline_pages import (
    cursor,
    draw,
    followees_of,
    or_none,
    person_called,
    render_home,
    render_user,
)

blueprint = Blueprint("timelines", __name__)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """My Timeline."""
    followees = visitor.meanwhile(followees_of)
    seen = visitor.look()
    if seen.visitor is None and not seen.in_doubt:
        if cookies.is_missing_after(own_address()):
            return render_template("login.html", fault=cookies.MAY_NOT_BE_KEPT)
        return redirect(url_for("timelines.public"))
    return render_home(seen.visitor, followees)


@blueprint.get("/public")
def public() -> ResponseReturnValue:
    """Public Timeline; the gateway may keep what is complete and was made for nobody."""
    is_for_nobody = not session
    messages = providers().messages.everybodys(cursor())
    visitor.begin()
    page = or_none(messages)
    response = make_response(draw("public.html", page))
    if is_for_nobody and page is not None:
        response.headers["X-Accel-Expires"] = "1"
    return response


@blueprint.get("/<name:name>")
def user(name: str) -> ResponseReturnValue:
    """NAME's Timeline."""
    visitor.begin()
    fault = cookies.MAY_NOT_BE_KEPT if cookies.is_missing_after() else None
    return render_user(person_called(name), fault=fault)
