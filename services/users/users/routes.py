"""The service's own API, /v1."""

from flask import Blueprint, Response, g, jsonify
from flask.typing import ResponseReturnValue

from chassis.bodies import json_object, text
from chassis.tokens import bearer, identity
from users import login, lookup, passwords, registration, sessions
from users.models import db, run
from users.registration import NewAccount
from users.tools import tools

blueprint = Blueprint("v1", __name__, url_prefix="/v1")


@blueprint.post("/users")
def register() -> ResponseReturnValue:
    body = json_object()
    account = NewAccount(text(body, "username"), text(body, "email"), text(body, "password"))
    account.check(tools().password_min_length)
    person = registration.register(run, tools().hasher, account)
    return jsonify(person), 201


@blueprint.get("/users/by-name/<name>")
def user_by_name(name: str) -> Response:
    return jsonify(lookup.by_name(run, name))


@blueprint.post("/sessions")
def log_in() -> ResponseReturnValue:
    body = json_object()
    logged_in = login.log_in(
        db.session(),
        tools().hasher,
        text(body, "username"),
        text(body, "password"),
        tools().session_lifetime,
    )
    g.subject_id = logged_in.id
    return jsonify(logged_in), 201


@blueprint.post("/access-tokens")
def trade() -> ResponseReturnValue:
    resumed = sessions.resume(run, bearer())
    who = resumed.who
    g.subject_id = who.id
    issuer = tools().issuer
    return (
        jsonify(
            access_token=issuer.issue(who),
            expires_in=min(issuer.seconds, resumed.seconds),
            id=who.id,
            name=who.name,
            revision=resumed.revision,
            lease_seconds=sessions.LEASE_SECONDS,
        ),
        201,
    )


@blueprint.delete("/sessions/current")
def log_out() -> ResponseReturnValue:
    sessions.end(db.session(), identity())
    return "", 204


@blueprint.delete("/sessions")
def log_out_everywhere() -> ResponseReturnValue:
    sessions.end_all(db.session(), identity())
    return "", 204


@blueprint.post("/password")
def change_password() -> ResponseReturnValue:
    who, body = identity(), json_object()
    new = text(body, "new_password")
    passwords.check(new, tools().password_min_length)
    passwords.change(db.session(), tools().hasher, who, text(body, "current_password"), new)
    return "", 204
