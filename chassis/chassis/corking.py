"""Sends each answer in one piece (TCP_CORK).

gunicorn sends the headers, then the body, which would wake the reader twice; to a thread that waits
for the answer, waking up costs more than reading.
"""

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def corked(app: Wsgi) -> Wsgi:
    """The app, with its answers held back in the kernel until `uncork`."""

    def hold(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _cork(environ, True)
        return app(environ, start_response)

    return hold


def uncork(_worker: Any, _request: Any, environ: dict[str, Any], _response: Any) -> None:
    """gunicorn's `post_request`; the request may have had no environ, the client may be gone."""
    if environ:
        with suppress(OSError):
            _cork(environ, False)


def _cork(environ: dict[str, Any], on: bool) -> None:
    connection: socket.socket = environ["gunicorn.socket"]
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, on)
