"""Every route asks who is there, or stands on the list of those that are for everybody.

A new route fails here until it does the one or the other.
"""

import re
from typing import Any

import pytest
from flask import Flask

from dev.services import NAMES
from tests.world import World

INSIDE = {
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "GET /version",
    "GET /simulator/latest",
}
PUBLIC = {
    "users": {
        "POST /v1/users",
        "POST /v1/sessions",
        "GET /v1/users/by-name/<name>",
        "POST /api/register",
    },
    "messages": {
        "GET /v1/messages",
        "GET /v1/users/<id:author_id>/messages",
        "POST /v1/timelines",
    },
    "followers": {
        "GET /v1/users/<id:account_id>/counts",
        "GET /v1/users/<id:account_id>/followee-ids",
        "GET /v1/users/<id:account_id>/followees",
        "GET /v1/users/<id:account_id>/followers",
    },
    "web": {
        "GET /",
        "GET /.well-known/change-password",
        "GET /<name:name>",
        "GET /<name:name>/followers",
        "GET /<name:name>/following",
        "GET /api/latest",
        "GET /favicon.ico",
        "GET /login",
        "GET /public",
        "GET /register",
        "GET /robots.txt",
        "GET /static/<path:filename>",
        "GET /static/identicons/<digest>.svg",
        "POST /login",
        "POST /register",
        "GET /logout",
        "POST /logout",
    },
}


def test_every_service_is_asked() -> None:
    assert PUBLIC.keys() == set(NAMES)


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def path(rule: str) -> str:
    return re.sub(r"<(\w+:)?\w+>", "1", rule)


@pytest.mark.parametrize("service", sorted(PUBLIC))
def test_every_route_that_is_not_public_asks_for_credentials(world: World, service: str) -> None:
    app: Flask = getattr(world, service)
    open_to_all = PUBLIC[service] | INSIDE
    for method, rule in routes(app):
        if f"{method} {rule}" in open_to_all:
            continue
        answer: Any = app.test_client().open(path(rule), method=method, data=b"{}")
        wanted = 403 if rule.startswith("/api/") else 401
        assert answer.status_code == wanted, f"{method} {rule} answers {answer.status_code}"


@pytest.mark.parametrize("service", sorted(PUBLIC))
def test_the_list_names_only_what_there_is(world: World, service: str) -> None:
    there = {f"{method} {rule}" for method, rule in routes(getattr(world, service))}
    assert PUBLIC[service] <= there
