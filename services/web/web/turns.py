"""Turns at what takes much memory: two requests at a time, so that many can't use up all of it.

Escaped, a quotation mark is five letters, and where there is an emoji Python stores each letter in
four bytes: a form of 1 MB takes 65 MB when it is given back, thirty long messages take 20 MB.
"""

from threading import BoundedSemaphore

from flask import Flask, current_app, g, request

from chassis.errors import TryLater

AT_ONCE = 2
# Bytes of a form, letters of a page.
LARGE = 50_000
PATIENCE_SECONDS = 1.0
_EXTENSION = "minitwit_turns"


class Crowded(TryLater):
    """Others had their turns for too long."""

    detail = "Others are being served right now. Try again in a moment."


class CrowdedForm(Crowded):
    """The same, for a form of which nothing was read."""

    detail = f"{Crowded.detail} Your browser's Back button brings back what you typed."


def init_app(app: Flask) -> None:
    """Let a large form wait for its turn before it is read; end each turn with its request."""
    app.extensions[_EXTENSION] = BoundedSemaphore(AT_ONCE)

    @app.before_request
    def wait() -> None:
        take(request.content_length or 0, CrowdedForm)

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        if g.pop("has_turn", False):
            of(app).release()


def take(size: int, refusal: type[Crowded] = Crowded) -> None:
    """Have a turn until the request ends, if `size` is LARGE; `refusal` (503) if none gets free."""
    if size <= LARGE or "has_turn" in g:
        return
    if not of(current_app).acquire(timeout=PATIENCE_SECONDS):
        raise refusal
    g.has_turn = True


def of(app: Flask) -> BoundedSemaphore:
    """Those of an app."""
    found: BoundedSemaphore = app.extensions[_EXTENSION]
    return found
