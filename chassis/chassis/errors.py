"""One face for every error: RFC 9457 problem details, with a stable slug.

The simulator's routes keep the form that its contract asks for.
"""

import logging
from typing import Any

import psycopg2
from flask import Flask, Response, g, jsonify, request
from psycopg2.errors import ReadOnlySqlTransaction
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from chassis import metrics, request_id
from chassis.http_client import Unavailable

SIMULATOR_PREFIX = "/api/"
_log = logging.getLogger(__name__)


class Problem(Exception):
    """An answer other than success, as the client sees it.

    A domain error is a subclass with its own `status`, `slug` and `detail`; raised
    with an argument, that is the detail. `kind` is what operators count it as.
    """

    status: int = 400
    slug: str = "bad-request"
    kind: str = "bad-request"
    detail: str = "The request is not valid."
    headers: dict[str, str] = {}  # noqa: RUF012 - read-only by convention

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or self.detail
        super().__init__(self.detail)


class BadRequest(Problem):
    """Something that the client sent can't be read."""


class Unauthorized(Problem):
    """No token, or none that is valid now."""

    status = 401
    slug = "unauthorized"
    kind = "unauthorized"
    detail = "A valid access token is needed."
    headers = {"WWW-Authenticate": "Bearer"}  # noqa: RUF012


class TryLater(Problem):
    """Something that this service needs does not answer now."""

    status = 503
    slug = "unavailable"
    kind = "unavailable"
    detail = "This can't be done right now. Try again in a moment."
    headers = {"Retry-After": "1"}  # noqa: RUF012


class Broken(Problem):
    """A fault of ours."""

    status = 500
    slug = "internal-error"
    kind = "error"
    detail = "Something went wrong on our side."


def init_app(app: Flask) -> None:
    """Answer every error in one of the two forms."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Unavailable, lambda _: answer(TryLater()))
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(psycopg2.OperationalError, _unavailable)
    app.register_error_handler(psycopg2.InterfaceError, _unavailable)
    app.register_error_handler(ReadOnlySqlTransaction, _unavailable)
    app.register_error_handler(PoolTimeout, _exhausted)
    app.register_error_handler(Exception, _unexpected)


def answer(problem: Problem) -> Response:
    """The response for a problem, in the form of the route that was asked."""
    g.problem_kind = problem.kind
    body = _simulator(problem) if _is_simulator() else _details(problem)
    response = jsonify(body)
    response.status_code = problem.status
    response.headers.update(problem.headers)
    if not _is_simulator():
        response.mimetype = "application/problem+json"
    return response


def _is_simulator() -> bool:
    return request.path.startswith(SIMULATOR_PREFIX)


def _simulator(problem: Problem) -> dict[str, Any]:
    return {"status": problem.status, "error_msg": problem.detail}


def _details(problem: Problem) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES[problem.status],
        "status": problem.status,
        "detail": problem.detail,
        "slug": problem.slug,
        "request_id": request_id.current(),
    }


def _http(error: HTTPException) -> Response:
    problem = Problem(error.description)
    problem.status = error.code or 500
    problem.slug = HTTP_STATUS_CODES[problem.status].lower().replace(" ", "-")
    problem.kind = "error" if problem.status >= 500 else problem.kind
    problem.headers = dict(error.get_headers())
    problem.headers.pop("Content-Type", None)
    return answer(problem)


def _unavailable(error: Exception) -> Response:
    _log.warning("unavailable: %s", error)
    return answer(TryLater())


def _exhausted(error: PoolTimeout) -> Response:
    metrics.pool_timeouts.inc()
    return _unavailable(error)


def _database(error: DBAPIError) -> Response:
    is_away = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    # It refuses writes: it was the primary until a moment ago.
    if is_away or isinstance(error.orig, ReadOnlySqlTransaction):
        return _unavailable(error.orig or error)
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    _log.exception("unexpected %s", type(error).__name__, exc_info=error)
    return answer(Broken())
