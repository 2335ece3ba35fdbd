"""Every error as a page in the site's design; under /api in the simulator's form."""

import logging

from flask import Flask, Response, current_app, make_response, render_template, request, url_for
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException

from chassis import errors as chassis_errors
from chassis import request_id
from chassis.errors import SIMULATOR_PREFIX, Broken, Problem, TryLater
from chassis.http_client import Unavailable
from web import cookies, visitor
from web.addresses import address, address_of, own_address, safe
from web.clients.answers import Refused
from web.cross_site import changes_nothing
from web.turns import CrowdedForm
from web.visitor import NotSignedIn

_log = logging.getLogger(__name__)

HEADINGS = {
    400: "That was not understood",
    401: "Please sign in",
    403: "That is not allowed",
    404: "There is no such page",
    405: "That does not work here",
    409: "That is another account's page",
    413: "That is too much at once",
    500: "Something went wrong on our side",
    503: "That can't be done right now",
}
DETAILS = {
    400: "Something in the request is missing or can't be read.",
    404: "Either the address is mistyped, or what was here is gone.",
    405: "This address exists, but it can't be used in this way.",
    413: "More was sent than is accepted. Your browser's Back button brings back what you typed.",
}
# The statuses whose page gives back what was typed.
_GIVES_TEXT_BACK = (401, 500, 503)
_TO_BE_TRIED_AGAIN = (409, 503)


def init_app(app: Flask) -> None:
    """Take over from the chassis, whose errors are for programs."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Exception, _unexpected)


def _problem(problem: Problem) -> Response:
    # Without a Host that can be one, addresses can still be made, as they name no host.
    if request_ctx.url_adapter is None:
        request_ctx.url_adapter = current_app.url_map.bind("")
    if request.path.startswith(SIMULATOR_PREFIX):
        return chassis_errors.answer(problem)
    page_after = _page_after() if problem.status == 401 else None
    is_led_here = page_after and cookies.is_missing_after(own_address())
    page = render_template(
        "error.html",
        status=problem.status,
        heading=HEADINGS.get(problem.status, "That did not work"),
        detail=problem.detail,
        hint=cookies.MAY_NOT_BE_KEPT if is_led_here else None,
        typed=_typed(problem),
        next=page_after,
        way_on=_way_on(problem),
        reference=request_id.current(),
    )
    response = make_response(page, problem.status)
    response.headers.update(problem.headers)
    return response


def _page_after() -> str | None:
    """Where to go on: here, or where the button was if this changes something."""
    if changes_nothing():
        return own_address()
    if name := (request.view_args or {}).get("name"):
        return url_for("timelines.user", name=name)
    if request.blueprint == "settings":
        return address_of("settings.show")
    back = _sent("back")
    return safe(back) if back else None


def _way_on(problem: Problem) -> tuple[str, str] | None:
    """Words and address of a link: to this page once more, or to where the button was."""
    if problem.status not in _TO_BE_TRIED_AGAIN or isinstance(problem, CrowdedForm):
        return None
    if changes_nothing():
        return "Try again", address(own_address())
    page = _page_after()
    return ("Back to the page", page) if page else None


def _typed(problem: Problem) -> str | None:
    """The text to give back, None on a page that gives none."""
    if problem.status not in _GIVES_TEXT_BACK or isinstance(problem, CrowdedForm):
        return None
    return _sent("text")


def _sent(field: str) -> str | None:
    """What the form holds; None of one that is too large to be read."""
    try:
        return request.form.get(field)
    except HTTPException:
        return None


def _http(error: HTTPException) -> Response:
    headers = {k: v for k, v in error.get_headers() if k.lower() != "content-type"}
    return _page(error.code or 500, error.description, headers)


def _page(status: int, detail: str | None, headers: dict[str, str] | None = None) -> Response:
    problem = Problem(DETAILS.get(status, detail))
    problem.status = status
    problem.headers = headers or {}
    return _problem(problem)


def _unavailable(error: Unavailable) -> Response:
    return _problem(
        TryLater(
            f"A part of MiniTwit ({error.provider}) does not answer right now. "
            "Try again in a moment."
        )
    )


def _refused(refused: Refused) -> Response:
    """Pass on a provider's 403, 404 or 413.

    Any other refusal is our own mistake.
    """
    if refused.status in (403, 404, 413):
        return _page(refused.status, refused.detail)
    _log.warning("refused: %s", refused)
    if refused.status == 401:
        visitor.forget()
        return _problem(NotSignedIn())
    return _problem(TryLater())


def _unexpected(error: Exception) -> Response:
    _log.exception("unexpected %s", type(error).__name__, exc_info=error)
    return _problem(Broken("It is not your fault. We keep a record of what happened."))
