"""Posting and deleting messages."""

from flask import Blueprint, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from chassis.http_client import Unavailable
from web import cookies, submissions, visitor
from web.addresses import own_address, safe
from web.clients.answers import Refused
from web.known_sessions import Visitor
from web.pages import unavailable
from web.providers import providers
from web.timeline_pages import render_home

NOT_SHARED = (
    "We got no answer, so this was probably not saved. What you typed is still here: try again in "
    "a moment. Sent again unchanged, it is posted only once."
)

NOT_DELETED = "We got no answer, so it is probably still there. Try again in a moment."

blueprint = Blueprint("posting", __name__)


@blueprint.post("/add_message")
def add_message() -> ResponseReturnValue:
    """Share a message; what can't be stored is still in the form."""
    who = visitor.look()
    text = _text()
    if who.in_doubt:
        return unavailable("home.html", visitor.InDoubt.detail, text=text or "", page=None)
    me = visitor.required()
    if text is None:
        abort(400)
    if not visitor.is_made_for(me):
        fault = f"You are signed in as {me.name} now: share it only if it is by {me.name}."
        return _not_shared(me, text, fault, 409)
    return _share(me, text) if text else redirect(url_for("timelines.home"))


@blueprint.post("/messages/<id:message_id>/delete")
def delete_message(message_id: int) -> ResponseReturnValue:
    """Delete one's own message and go back to where it stood, also if it has gone already."""
    me = visitor.required()
    back = safe(request.form.get("back", ""))
    try:
        if providers().messages.delete(me.access_token, message_id):
            cookies.tell("Your message was deleted")
    except Unavailable:
        again = {"question": "Delete your message?", "button": "Delete for good"}
        return unavailable("confirm.html", NOT_DELETED, action=own_address(), back=back, **again)
    return redirect(back)


def _share(me: Visitor, text: str) -> ResponseReturnValue:
    try:
        providers().messages.post(me.access_token, text, submissions.key(text))
    except Unavailable:
        # Without the timeline: messages, which it is made of, would be waited for once more.
        return unavailable("home.html", NOT_SHARED, text=text, page=None)
    except Refused as refused:
        if refused.status not in (400, 413):
            raise
        return _not_shared(me, text, refused.detail, 400)
    cookies.tell("Your message was recorded")
    return redirect(url_for("timelines.home"))


def _not_shared(me: Visitor, text: str, fault: str, status: int) -> ResponseReturnValue:
    return make_response(render_home(me, text=text, fault=fault, wrong=status == 400), status)


def _text() -> str | None:
    """What was typed, with line ends as they were typed: browsers send two characters."""
    typed = request.form.get("text")
    return None if typed is None else typed.replace("\r\n", "\n")
