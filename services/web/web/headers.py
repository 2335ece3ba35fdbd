"""The headers of every answer: who may cache it, and what its page may load."""

from flask import Flask, Response, session

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def init_app(app: Flask) -> None:
    """Set the headers on pages; what is not a page keeps its own."""

    @app.after_request
    def describe(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if response.mimetype == "text/html" and "Cache-Control" not in response.headers:
            # Not no-store: who goes back finds what was typed.
            mine = "private, " if session else ""
            response.headers["Cache-Control"] = f"{mine}no-cache"
            response.vary.add("Cookie")
        return response
