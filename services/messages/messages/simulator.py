"""The simulator's routes: /api/msgs and /api/msgs/NAME."""

from collections.abc import Sequence

from flask import Blueprint, Response, jsonify

from chassis.bodies import json_object, text
from chassis.paging import PageRequest
from chassis.simulator import action, count, protected, record_and_run
from messages import metrics, posting, timelines
from messages.authors import authors
from messages.timelines import FOR_SIMULATOR, Row

blueprint = Blueprint("simulator", __name__, url_prefix="/api/msgs")


@blueprint.get("")
@action("read")
@protected
def everybodys() -> Response:
    return _messages(
        timelines.everybodys(record_and_run, PageRequest(limit=count()), FOR_SIMULATOR).items
    )


@blueprint.get("/<name>")
@blueprint.get("/<path:name>")
@action("read")
@protected
def of_author(name: str) -> Response:
    author, page = authors().find(name), PageRequest(limit=count())
    return _messages(timelines.of_author(record_and_run, author.id, page, FOR_SIMULATOR).items)


@blueprint.post("/<name>")
@blueprint.post("/<path:name>")
@action("tweet")
@protected
def post(name: str) -> tuple[str, int]:
    author = authors().find(name)
    posting.post(record_and_run, author.id, author.name, text(json_object(), "content"))
    metrics.posted_by_simulator.inc()
    return "", 204


def _messages(rows: Sequence[Row]) -> Response:
    return jsonify([{"content": text, "pub_date": at, "user": user} for text, at, user in rows])
