"""The API of messages, version 1."""

from typing import Any

from flask import Blueprint, Response, jsonify

from chassis import paging
from chassis.bodies import ids, json_object, text, uuid
from chassis.paging import Page, PageRequest
from chassis.tokens import identity
from messages import metrics, posting, timelines
from messages.models import run
from messages.timelines import Row

MOST_AUTHORS = 10_000

blueprint = Blueprint("v1", __name__, url_prefix="/v1")


@blueprint.post("/messages")
def post() -> tuple[Response, int]:
    who, body = identity(), json_object()
    said, key = text(body, "text"), uuid(body, "idempotency_key")
    row, is_new = posting.post_once(run, who.id, who.name, said, key)
    metrics.posted_on_web.inc(is_new)
    return jsonify(_rendered(*row)), 201


@blueprint.delete("/messages/<id:message_id>")
def delete(message_id: int) -> tuple[str, int]:
    posting.delete(run, message_id, identity().id)
    return "", 204


@blueprint.get("/messages")
def everybodys() -> Response:
    page = paging.from_query()
    return _messages(timelines.everybodys(run, page), page)


@blueprint.get("/users/<id:author_id>/messages")
def of_author(author_id: int) -> Response:
    page = paging.from_query()
    return _messages(timelines.of_author(run, author_id, page), page)


@blueprint.post("/timelines")
def of_authors() -> Response:
    body = json_object()
    author_ids, page = ids(body, "author_ids", MOST_AUTHORS), paging.from_values(body)
    return _messages(timelines.of_authors(run, author_ids, page), page)


def _messages(page: Page[Row], asked: PageRequest) -> Response:
    items = [_rendered(*row) for row in page.items]
    return paging.answer(items, page, asked, "id")


def _rendered(
    id_: int, author_id: int, author_name: str, text_: str, published_at: str
) -> dict[str, Any]:
    author = {"id": author_id, "name": author_name}
    return {"id": id_, "author": author, "text": text_, "published_at": published_at}
