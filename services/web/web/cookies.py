"""The one cookie: signed by Flask, with the opaque session token and the flashes in it."""

from datetime import timedelta

from flask import Flask, flash, request, session

from web.config import Config
from web.cross_site import own_origin, takes_forms

# As long as browsers keep any; users ends a session earlier than that.
LIFETIME = timedelta(days=400)
MOST_TOLD = 5
MAY_NOT_BE_KEPT = (
    "You are not signed in. If you have just signed in, your browser did not keep the cookie that "
    "says so. Allow cookies for this site, and sign in again."
)


def init_app(app: Flask, config: Config) -> None:
    """`__Host-` ties the cookie to this host, which browsers honour under TLS alone."""
    current, *older = config.cookie_keys
    app.config.update(
        SECRET_KEY=current,
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME="__Host-minitwit" if config.secure_cookies else "minitwit",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LIFETIME,
    )


def tell(text: str) -> None:
    """Flash this on the next page, once; only the newest few are kept, since a cookie is small."""
    session["_flashes"] = [each for each in session.get("_flashes", ()) if each[1] != text]
    flash(text)
    session["_flashes"] = session["_flashes"][-MOST_TOLD:]


def is_missing_after(*pages: str) -> bool:
    """Whether a sign-in form led here, yet without a cookie.

    `pages` have one. So has, for nobody, the answer at an address that forms are sent to. What
    stands in a query, such as `next`, makes it no other page.
    """
    page = (request.referrer or "").partition("?")[0]
    if session or not page.startswith(f"{own_origin()}/"):
        return False
    path = page.removeprefix(own_origin())
    return path in pages or takes_forms(path)
