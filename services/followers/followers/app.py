"""The app, assembled."""

from flask import Flask

from chassis.app import create_with_schema
from chassis.metrics import expose
from followers import metrics, people, routes, simulator
from followers.config import Config
from followers.models import db


def create_app(config: Config) -> Flask:
    """The API of followers, and the simulator's /api/fllws."""
    app = create_with_schema("followers", config, db, metrics.GAUGES)
    expose(app, *metrics.ALL)
    people.init_app(app, config.users_url)
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(simulator.blueprint)
    return app
