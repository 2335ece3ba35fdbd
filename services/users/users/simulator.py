"""The simulator's route, /api: its words, its forms."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from chassis.bodies import json_object, text
from chassis.errors import BadRequest
from chassis.simulator import action, record_and_run
from users import registration
from users.errors import UsernameTaken
from users.registration import NewAccount
from users.tools import tools

blueprint = Blueprint("simulator", __name__, url_prefix="/api")


@blueprint.post("/register")
@action("register")
def register() -> ResponseReturnValue:
    body = json_object()
    account = NewAccount(text(body, "username"), text(body, "email"), text(body, "pwd"))
    account.check()
    try:
        registration.register(record_and_run, tools().hasher, account)
    except UsernameTaken as taken:
        raise BadRequest(taken.detail) from None
    return "", 204
