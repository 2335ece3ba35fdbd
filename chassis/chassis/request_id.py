"""One id for a request's whole way: made by the gateway, passed on, logged, returned."""

import re
import uuid

from flask import Flask, Response, g, has_app_context, request

HEADER = "X-Request-ID"
_FORM = re.compile(r"[0-9a-f]{32}")


def current() -> str | None:
    """The id of the request at hand (32 hex digits), None outside of one."""
    return g.get("request_id") if has_app_context() else None


def init_app(app: Flask) -> None:
    """Take the id that came with a request, or make one, and return it."""

    @app.before_request
    def adopt() -> None:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _FORM.fullmatch(given) else uuid.uuid4().hex

    @app.after_request
    def give_back(response: Response) -> Response:
        response.headers[HEADER] = g.request_id
        return response
