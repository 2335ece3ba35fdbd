"""The API of messages, version 1."""

from datetime import UTC
from typing import Any

from flask import Blueprint, Response, jsonify

from chassis import paging
from chassis.bodies import integers, json_object, text
from chassis.paging import Page, Slice
from chassis.tokens import identity
from messages import metrics, posting, timelines
from messages.models import Message, db

MOST_AUTHORS = 10_000

blueprint = Blueprint("v1", __name__, url_prefix="/v1")


@blueprint.post("/messages")
def post() -> tuple[Response, int]:
    who = identity()
    message = posting.post(db.session(), who.id, who.name, text(json_object(), "text"))
    metrics.posted_on_web.inc()
    return jsonify(_rendered(message)), 201


@blueprint.delete("/messages/<id:message_id>")
def delete(message_id: int) -> tuple[str, int]:
    posting.delete(db.session(), message_id, identity().id)
    return "", 204


@blueprint.get("/messages")
def everybodys() -> Response:
    page = paging.from_query()
    return _messages(timelines.everybodys(db.session(), page), page)


@blueprint.get("/users/<id:author_id>/messages")
def of_author(author_id: int) -> Response:
    page = paging.from_query()
    return _messages(timelines.of_author(db.session(), author_id, page), page)


@blueprint.post("/timelines")
def of_authors() -> Response:
    body = json_object()
    author_ids, page = integers(body, "author_ids", MOST_AUTHORS), paging.from_values(body)
    return _messages(timelines.of_authors(db.session(), author_ids, page), page)


def _messages(slice_: Slice[Message], page: Page) -> Response:
    return paging.answer([_rendered(message) for message in slice_.items], slice_, page, "id")


def _rendered(message: Message) -> dict[str, Any]:
    moment = message.published_at.astimezone(UTC).isoformat(timespec="microseconds")
    return {
        "id": message.id,
        "author": {"id": message.author_id, "name": message.author_name},
        "text": message.text,
        "published_at": moment.replace("+00:00", "Z"),
    }
