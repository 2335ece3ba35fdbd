"""Following and unfollowing people."""

from collections.abc import Callable

from flask import Blueprint, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from chassis.http_client import Unavailable
from web import cookies, visitor
from web.addresses import page_of
from web.cross_site import changes_state, hides_its_source
from web.pages import confirmation
from web.providers import providers
from web.timeline_pages import FollowStatus, person_called, render_user

blueprint = Blueprint("following", __name__)


@blueprint.route("/<name>/follow", methods=["GET", "POST"])
@changes_state
def follow(name: str) -> ResponseReturnValue:
    """Follow NAME."""
    done = f'You are now following "{name}"'
    return _set("Follow", providers().followers.follow, name, done)


@blueprint.route("/<name>/unfollow", methods=["GET", "POST"])
@changes_state
def unfollow(name: str) -> ResponseReturnValue:
    """Unfollow NAME."""
    done = f'You are no longer following "{name}"'
    return _set("Unfollow", providers().followers.unfollow, name, done)


def _set(
    verb: str, change: Callable[[str, str], bool], name: str, done: str
) -> ResponseReturnValue:
    me = visitor.required_as_shown()
    if hides_its_source():
        person_called(name)
        return confirmation(f"{verb} {name}?", verb, back=page_of(name))
    try:
        if not change(me.access_token, name):
            abort(404)
    except Unavailable:
        return _unchanged(name)
    cookies.tell(done)
    return redirect(url_for("timelines.user", name=name))


def _unchanged(name: str) -> ResponseReturnValue:
    fault = f"We got no answer, so probably nothing has changed for {name}. Try again in a moment."
    again = url_for(str(request.endpoint), name=name)
    page = render_user(person_called(name), FollowStatus(is_missing=True), fault=fault, again=again)
    response = make_response(page, 503)
    response.headers["Retry-After"] = "1"
    return response
