"""The application factory that every service starts from."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import orjson
from flask import Flask, Response, request
from flask.json.provider import JSONProvider
from flask_sqlalchemy import SQLAlchemy
from werkzeug.exceptions import HTTPException

from chassis import (
    access,
    database,
    disconnects,
    errors,
    metrics,
    paging,
    probes,
    request_id,
    simulator,
    tokens,
)
from chassis.config import Config, DatabaseConfig
from chassis.gauges import SchemaGauge

LARGEST_BODY = 1024 * 1024
_PIECE = 64 * 1024


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson, which rejects strings that are not valid Unicode."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Any:
        obj = self._prepare_response_obj(args, kwargs)
        return Response(orjson.dumps(obj), mimetype="application/json")


class App(Flask):
    """Flask without its check for coroutine functions, which it makes ten times per request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create(
    import_name: str,
    config: Config,
    db: SQLAlchemy | None = None,
    static_folder: str | None = None,
) -> Flask:
    """An app with request ids, logs, metrics, errors and probes; `db` for one with a schema."""
    app = App(import_name, static_folder=static_folder)
    app.json = OrjsonProvider(app)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY
    request_id.init_app(app)
    metrics.init_app(app, config)
    access.init_app(app)
    errors.init_app(app)
    paging.init_app(app)
    probes.init_app(app, config, db)
    app.after_request(_untype_nothing)
    app.after_request(_read_to_the_end)
    return app


def _untype_nothing(response: Response) -> Response:
    """An answer without a body has no Content-Type."""
    if response.calculate_content_length() == 0:
        response.headers.pop("Content-Type", None)
    return response


def _read_to_the_end(response: Response) -> Response:
    """Read the rest of a request's body, even if no view wanted it.

    gunicorn would read 64 KiB more and close the connection. The gateway, which was told that it
    stays open, may send the next client's request there and get no answer.
    """
    if request.content_length:
        with suppress(HTTPException, OSError):
            while request.stream.read(_PIECE):
                pass
    return response


def create_with_schema(
    import_name: str, config: DatabaseConfig, db: SQLAlchemy, gauges: Sequence[SchemaGauge] = ()
) -> Flask:
    """The same for a service that owns a schema, verifies tokens and serves the simulator.

    `gauges` are metrics that are read from the schema.
    """
    app = create(import_name, config, db)
    disconnects.init_app(app)
    database.init_app(app, db, config)
    tokens.init_app(app, config.token_public_keys)
    simulator.init_app(app, config, db)
    metrics.init_schema(app, config, db, gauges)
    return app
