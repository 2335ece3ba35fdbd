"""The simulator's GET /api/latest, of which each of the other services knows a part."""

from flask import Blueprint, Response, jsonify

from chassis.errors import TryLater
from chassis.http_client import Unavailable
from chassis.simulator import action
from web.latest import newest

blueprint = Blueprint("latest", __name__)


@blueprint.get("/api/latest")
@action("read")
def latest() -> Response:
    """In the simulator's form."""
    try:
        response = jsonify(latest=newest())
    except Unavailable:
        raise TryLater from None
    response.headers["Cache-Control"] = "no-store"
    return response
