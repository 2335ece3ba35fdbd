"""Writing messages, and taking them back."""

from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from chassis.http_client import Unavailable
from web import visitor
from web.clients.answers import Refused
from web.pages import NO_ANSWER
from web.providers import providers
from web.routes.timelines import render_home

blueprint = Blueprint("posting", __name__)


@blueprint.post("/add_message")
def add_message() -> ResponseReturnValue:
    """Share a message; what can't be stored is still in the form."""
    who = visitor.look()
    text = _text()
    if who.in_doubt:
        return _again(text, 503, visitor.InDoubt.detail)
    me = visitor.required()
    if text is None:
        abort(400)
    try:
        if text:
            providers().messages.post(me.access_token, text)
            flash("Your message was recorded")
    except Unavailable:
        return _again(text, 503, NO_ANSWER)
    except Refused as refused:
        if refused.status != 400:
            raise
        if refused.slug != "empty-text":
            return _again(text, 400, refused.detail)
    return redirect(url_for("timelines.home"))


@blueprint.post("/messages/<id:message_id>/delete")
def delete_message(message_id: int) -> ResponseReturnValue:
    """Delete one's own message and go back to where it stood."""
    me = visitor.required()
    try:
        providers().messages.delete(me.access_token, message_id)
    except Refused as refused:
        if refused.status in (403, 404):
            abort(refused.status)
        raise
    flash("Your message was deleted")
    return redirect(_safe(request.form.get("back", "")))


def _text() -> str | None:
    """What was typed, with line ends as they were typed: browsers send two characters."""
    typed = request.form.get("text")
    return None if typed is None else typed.replace("\r\n", "\n")


def _again(text: str | None, status: int, fault: str) -> ResponseReturnValue:
    page = render_home(visitor.look().visitor, text=text or "", fault=fault)
    response = make_response(page, status)
    if status == 503:
        response.headers["Retry-After"] = "1"
    return response


def _safe(back: str) -> str:
    """An address of ours, or home: a browser reads `//host` and `/\\host` as another site."""
    parts = urlsplit(back)
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    if is_ours and back.isprintable() and not parts.scheme and not parts.netloc:
        return back
    return url_for("timelines.home")
