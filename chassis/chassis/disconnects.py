"""Refuses a change whose caller hung up while the request waited for a thread.

The caller has already said that it was not saved. The simulator never asks again, so its requests
are carried out however late they are.
"""

import socket

from flask import Flask, request

from chassis.errors import TryLater
from chassis.sockets import is_established

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def init_app(app: Flask) -> None:
    """Refuse before a view is called."""

    @app.before_request
    def refuse() -> None:
        if request.method in CHANGES and request.path.startswith("/v1/") and _has_hung_up():
            raise TryLater


def _has_hung_up() -> bool:
    connection: socket.socket | None = request.environ.get("gunicorn.socket")
    return connection is not None and not is_established(connection)
