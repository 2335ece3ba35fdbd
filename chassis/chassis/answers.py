"""Sending an answer in one piece.

gunicorn sends the headers, then the body. Whoever reads would be woken twice, which costs a
thread that waits for it more than reading does.
"""

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def held_together(app: Wsgi) -> Wsgi:
    """An app whose answers stay here until gunicorn has written them; `let_go` follows."""

    def hold(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _cork(environ, True)
        return app(environ, start_response)

    return hold


def let_go(_worker: Any, _request: Any, environ: dict[str, Any], _response: Any) -> None:
    """gunicorn's `post_request`; it may have failed before there was an environ, or hung up."""
    if environ:
        with suppress(OSError):
            _cork(environ, False)


def _cork(environ: dict[str, Any], on: bool) -> None:
    connection: socket.socket = environ["gunicorn.socket"]
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, on)
