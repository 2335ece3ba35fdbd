"""The users service."""

from flask import Flask

from chassis import app as chassis
from chassis.metrics import expose
from users import metrics, routes, simulator, tools
from users.config import Config
from users.models import db


def create_app(config: Config) -> Flask:
    """The service: the chassis, its hasher and token issuer, its own API, and the simulator's."""
    app = chassis.create_with_schema("users", config, db, metrics.GAUGES)
    expose(app, *metrics.ALL)
    tools.init_app(app, config)
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(simulator.blueprint)
    return app
