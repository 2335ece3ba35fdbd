"""The app, assembled."""

from flask import Flask

from chassis import app as factory
from chassis.config import Config


def create_app(config: Config) -> Flask:
    return factory.create("example", config)
