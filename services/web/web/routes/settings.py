"""One's own account: the password, and where one is signed in."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from chassis.http_client import Unavailable
from web import cookies, visitor
from web.clients.answers import Refused
from web.pages import unavailable
from web.providers import providers
from web.registration import MISMATCH

UNCHANGED = "We got no answer, so your password is probably as it was. Try again in a moment."
NOT_ENDED = "We got no answer, so you are probably logged in as before. Try again in a moment."

# users' own words could mean any of the three fields.
NO_PASSWORD = "You have to enter a new password"  # noqa: S105 - words for people

FIELDS = {400: "new_password", 403: "current_password", 413: None}

blueprint = Blueprint("settings", __name__)


@blueprint.get("/settings")
def show() -> ResponseReturnValue:
    """Settings."""
    visitor.required()
    return render_template("settings.html")


@blueprint.get("/settings/password")
@blueprint.get("/settings/sessions")
def show_where_the_forms_are() -> ResponseReturnValue:
    """Once a form was refused, its address is the one in the address bar."""
    visitor.required()
    return redirect(url_for("settings.show"))


@blueprint.get("/.well-known/change-password")
def where_to_change_the_password() -> ResponseReturnValue:
    """Password managers send people here, on every site alike (W3C, change-password-url)."""
    return redirect(url_for("settings.show"))


@blueprint.post("/settings/password")
def change_password() -> ResponseReturnValue:
    """Change the password; users ends one's other sessions."""
    me = visitor.required_as_shown()
    current, new, again = (
        request.form.get(field, "")
        for field in ("current_password", "new_password", "new_password2")
    )
    if new != again:
        return _faulty(MISMATCH, "new_password2")
    if not new:
        return _faulty(NO_PASSWORD, "new_password")
    try:
        providers().users.change_password(me.access_token, current, new)
    except Unavailable:
        return unavailable("settings.html", UNCHANGED)
    except Refused as refused:
        if refused.status not in FIELDS:
            raise
        return _faulty(refused.detail, FIELDS[refused.status])
    visitor.forget_sessions(me)
    cookies.tell("Your password was changed")
    return redirect(url_for("settings.show"))


@blueprint.post("/settings/sessions")
def end_sessions() -> ResponseReturnValue:
    """Log out everywhere."""
    me = visitor.required_as_shown()
    try:
        providers().users.end_sessions(me.access_token)
    except Unavailable:
        return unavailable("settings.html", NOT_ENDED)
    visitor.forget_sessions(me)
    visitor.sign_out()
    cookies.tell("You were logged out everywhere")
    return redirect(url_for("timelines.public"))


def _faulty(fault: str, field: str | None) -> ResponseReturnValue:
    return make_response(render_template("settings.html", fault=fault, wrong=field), 400)
