"""The pages and the simulator's route, one module per noun."""

from flask import Flask

from web.routes import accounts, following, latest, people, posting, settings, timelines


def init_app(app: Flask) -> None:
    """Register them."""
    for module in (timelines, people, accounts, following, posting, settings, latest):
        app.register_blueprint(module.blueprint)
