"""Three questions, three answers: is the process alive, can it serve, what is it.

Readiness is about a service's own database and migrations, never about another service.
"""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.exc import SQLAlchemyError

from chassis import draining
from chassis.config import Config
from chassis.database import WANTED_MIGRATION, current_migration, refusal


def init_app(app: Flask, config: Config, db: SQLAlchemy | None) -> None:
    """Serve /healthz, /readyz and /version."""
    blueprint = Blueprint("probes", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> ResponseReturnValue:
        reason = _unready(app, db)
        if reason is not None:
            return jsonify(status="unready", reason=reason), 503
        return jsonify(status="ready")

    @blueprint.get("/version")
    def version() -> Response:
        return jsonify(_version(app, config, db))

    app.register_blueprint(blueprint)


def _unready(app: Flask, db: SQLAlchemy | None) -> str | None:
    if draining.has_begun():
        return "draining"
    if db is None:
        return None
    wanted = app.extensions[WANTED_MIGRATION]
    try:
        current = current_migration(db)
    except SQLAlchemyError as error:
        return f"database: {refusal(error) or type(error).__name__}"
    if current is None or current < wanted:
        return f"schema is at {current}, this version needs {wanted}"
    return None


def _version(app: Flask, config: Config, db: SQLAlchemy | None) -> dict[str, Any]:
    try:
        schema_version = current_migration(db) if db is not None else None
    except SQLAlchemyError:
        schema_version = None
    return {
        "service": app.name,
        "version": config.version,
        "commit": config.commit,
        "built_at": config.built_at,
        "schema_version": schema_version,
    }
