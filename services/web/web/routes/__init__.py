"""The pages, one module per noun."""

from flask import Flask

from web.routes import accounts, following, people, posting, settings, timelines


def init_app(app: Flask) -> None:
    """Register the pages."""
    for module in (timelines, people, accounts, following, posting, settings):
        app.register_blueprint(module.blueprint)
