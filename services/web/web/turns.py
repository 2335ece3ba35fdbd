"""Turns at what takes much memory: a few requests at a time, so that many can't use up all of it.

Escaped, a quotation mark is five letters, and where there is an emoji Python stores each letter in
four bytes: a form of 1 MB takes 65 MB while it is read and given back, thirty long messages take
20 MB. What is left of that to be sent, 5 MB at most, waits for its reader.
"""

from threading import BoundedSemaphore

from flask import Flask, Response, current_app, g, request

from chassis.errors import TryLater

MADE_AT_ONCE, SENT_AT_ONCE = 2, 8
# Bytes of a form, letters of a page.
LARGE = 50_000
PATIENCE_SECONDS = 1.0
# Who reads more slowly gets no more of it: a thread is held meanwhile.
SENDING_SECONDS = 30.0
_EXTENSION = "minitwit_turns"


class Crowded(TryLater):
    """Others had their turns for too long."""

    detail = "Others are being served right now. Try again in a moment."


class CrowdedForm(Crowded):
    """The same, for a form of which nothing was read."""

    detail = f"{Crowded.detail} Your browser's Back button brings back what you typed."


class Turns:
    """An app's, at making large pages and at sending them."""

    def __init__(self) -> None:
        self.at_making = BoundedSemaphore(MADE_AT_ONCE)
        self.at_sending = BoundedSemaphore(SENT_AT_ONCE)

    def begin(self) -> bool:
        """Have a turn at both; False if none gets free in time."""
        if not self.at_sending.acquire(timeout=PATIENCE_SECONDS):
            return False
        if not self.at_making.acquire(timeout=PATIENCE_SECONDS):
            self.at_sending.release()
            return False
        return True


def init_app(app: Flask) -> None:
    """Let a large form wait for its turn before it is read; end each turn with what it was for."""
    app.extensions[_EXTENSION] = Turns()

    @app.before_request
    def wait() -> None:
        take(request.content_length or 0, CrowdedForm)

    @app.after_request
    def send(response: Response) -> Response:
        if g.pop("has_turn_at_sending", False):
            response.call_on_close(of(app).at_sending.release)
            if connection := request.environ.get("gunicorn.socket"):
                connection.settimeout(SENDING_SECONDS)
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        if g.pop("has_turn_at_making", False):
            of(app).at_making.release()
        if g.pop("has_turn_at_sending", False):
            of(app).at_sending.release()


def take(size: int, refusal: type[Crowded] = Crowded) -> None:
    """Have a turn, if `size` is LARGE, until that was made and sent; `refusal` (503) if none."""
    if size <= LARGE or "has_turn_at_making" in g:
        return
    if not of(current_app).begin():
        raise refusal
    g.has_turn_at_making = g.has_turn_at_sending = True


def of(app: Flask) -> Turns:
    """Those of an app."""
    found: Turns = app.extensions[_EXTENSION]
    return found
