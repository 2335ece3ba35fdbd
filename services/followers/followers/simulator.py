"""The simulator's routes: /api/fllws/NAME."""

from flask import Blueprint, Response, jsonify

from chassis import bodies
from chassis.errors import BadRequest
from chassis.simulator import act_as, action, count, protected, record_and_run
from followers import following, listing
from followers.errors import NobodyNamed
from followers.people import people

blueprint = Blueprint("simulator", __name__, url_prefix="/api/fllws")


@blueprint.get("/<name>")
@blueprint.get("/<path:name>")
@action("read")
@protected
def followees(name: str) -> Response:
    actor = people().find(name)
    return jsonify(follows=listing.followee_names(record_and_run, actor.id, count()))


@blueprint.post("/<name>")
@blueprint.post("/<path:name>")
@action("follow", "unfollow")
@protected
def change(name: str) -> tuple[str, int]:
    try:
        body = bodies.json_object()
    except BadRequest:
        people().find(name)  # An unknown actor (404) comes before a bad body.
        raise
    key = "follow" if "follow" in body else "unfollow"
    act_as(key)
    actor, target = people().find(name), body.get(key)
    if not isinstance(target, str):
        raise NobodyNamed()
    verb = following.follow if key == "follow" else following.unfollow
    verb(record_and_run, actor, people().find(target))
    return "", 204
