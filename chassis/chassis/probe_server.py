"""Answers probes and scrapes beside gunicorn, whose threads may all wait for a slow database.

A replica that was killed for that would come back to the same database, and missing metrics would
look as if the service were down.
"""

from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from chassis.access import INSIDE


class QuietHandler(WSGIRequestHandler):
    """werkzeug's, without a line in the log for each probe."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silence."""


def start(app: Flask, bind: str) -> None:
    """Answer at `bind`, HOST:PORT, in threads of its own until the process ends."""
    host, _, port = bind.rpartition(":")

    def probes(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] in INSIDE:
            return app(environ, start_response)
        start_response("404 Not Found", [("Content-Length", "0")])
        return []

    server = make_server(host, int(port), probes, threaded=True, request_handler=QuietHandler)
    Thread(target=server.serve_forever, name="probes", daemon=True).start()
