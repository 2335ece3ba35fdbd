"""The app, assembled."""

from flask import Flask

from chassis.app import create_with_schema
from chassis.metrics import expose
from messages import authors, metrics, routes, simulator
from messages.config import Config
from messages.models import db


def create_app(config: Config) -> Flask:
    """The API of messages, and the simulator's /api/msgs."""
    app = create_with_schema("messages", config, db, metrics.GAUGES)
    expose(app, *metrics.ALL)
    authors.init_app(app, config.users_url)
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(simulator.blueprint)
    return app
