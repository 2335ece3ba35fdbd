"""The API of followers, version 1."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from chassis import paging
from chassis.paging import Page, PageRequest
from chassis.tokens import identity
from followers import following, listing
from followers.models import run
from followers.people import Person, people

blueprint = Blueprint("v1", __name__, url_prefix="/v1")


@blueprint.put("/followees/<name>")
def follow(name: str) -> ResponseReturnValue:
    following.follow(run, _caller(), people().find(name))
    return "", 204


@blueprint.delete("/followees/<name>")
def unfollow(name: str) -> ResponseReturnValue:
    following.unfollow(run, _caller(), people().find(name))
    return "", 204


@blueprint.get("/users/<id:account_id>/followees")
def followees(account_id: int) -> Response:
    page = paging.from_query()
    return _people(listing.followees(run, account_id, page), page)


@blueprint.get("/users/<id:account_id>/followers")
def followers(account_id: int) -> Response:
    page = paging.from_query()
    return _people(listing.followers(run, account_id, page), page)


@blueprint.get("/users/<id:account_id>/followee-ids")
def followee_ids(account_id: int) -> Response:
    ids = listing.followee_ids(run, account_id)
    return Response(f'{{"ids":{ids}}}', mimetype="application/json")


@blueprint.get("/users/<id:account_id>/counts")
def counts(account_id: int) -> Response:
    follower_id = paging.number_from_query("follower")
    if follower_id is None:
        return jsonify(listing.counts(run, account_id))
    numbers, is_followed = listing.seen_by(run, account_id, follower_id)
    return jsonify(asdict(numbers) | {"is_followed": is_followed})


def _caller() -> Person:
    caller = identity()
    return Person(caller.id, caller.name)


def _people(page: Page[Any], asked: PageRequest) -> Response:
    items = [{"id": id_, "name": name, "cursor": cursor} for cursor, id_, name in page.items]
    return paging.answer(items, page, asked, "cursor")
