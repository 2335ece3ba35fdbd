"""Static files and identicons; what is at an address never changes, so browsers may keep it."""

import hashlib
import re
from functools import cache, lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for
from werkzeug.http import parse_date

from web import identicons

NAMES_KEPT = 10_000
FOREVER = "public, max-age=31536000, immutable"
_DATES = {"HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_RANGE"}
_STATIC = Path(__file__).parent / "static"
_DIGEST = re.compile(rf"[0-9a-f]{{{identicons.DIGITS}}}")
_FINGERPRINTS = {
    path.relative_to(_STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    for path in _STATIC.rglob("*")
    if path.is_file()
}

blueprint = Blueprint("assets", __name__)


def init_app(app: Flask) -> None:
    """Serve static files and identicons; let templates ask for their addresses."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset=asset)
    # A filter: calling a global takes Jinja longer, and pages have dozens.
    app.jinja_env.filters.update(identicon=identicon)

    @app.before_request
    def read_dates() -> None:
        """Leave out dates that no calendar has; werkzeug would fail on them."""
        for name in _DATES & request.environ.keys():
            try:
                parse_date(request.environ[name])
            except OverflowError:
                del request.environ[name]

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            fingerprint = _FINGERPRINTS.get((request.view_args or {})["filename"])
            is_named = fingerprint is not None and request.args.get("v") == fingerprint
            response.headers["Cache-Control"] = FOREVER if is_named else "public, no-cache"
        return response


@blueprint.get("/static/identicons/<digest>.svg")
def picture(digest: str) -> Response:
    """The picture of whoever's name has this digest."""
    if not _DIGEST.fullmatch(digest):
        abort(404)
    response = Response(identicons.svg(digest), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = FOREVER
    return response


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """For clients that ask without reading the page."""
    return current_app.send_static_file("favicon.svg")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers should leave alone."""
    return current_app.send_static_file("robots.txt")


@cache
def asset(filename: str) -> str:
    """The address of a static file, which changes whenever the content does."""
    return url_for("static", filename=filename, v=_FINGERPRINTS[filename])


@lru_cache(maxsize=NAMES_KEPT)
def identicon(name: str) -> str:
    """The address of somebody's picture."""
    return url_for("assets.picture", digest=identicons.digest_of(name))
