"""The app, assembled."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from chassis import app as chassis_app
from web import (
    assets,
    cookies,
    cross_site,
    errors,
    headers,
    latest,
    names,
    pages,
    providers,
    routes,
    turns,
    visitor,
)
from web.config import Config


def create_app(config: Config) -> Flask:
    """MiniTwit's pages and GET /api/latest."""
    app = chassis_app.create("web", config, static_folder="static")
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    providers.init_app(app, config)
    names.init_app(app)
    latest.init_app(app, config)
    cookies.init_app(app, config)
    errors.init_app(app)
    headers.init_app(app)
    cross_site.init_app(app)
    visitor.init_app(app)
    assets.init_app(app)
    turns.init_app(app)
    pages.init_app(app, config)
    routes.init_app(app)
    cross_site.let_head_change_nothing(app)
    # One hop, the gateway, says by which scheme the browser asked; it passes `Host` on as it was.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=1, x_host=0)  # type: ignore[method-assign]
    return app
