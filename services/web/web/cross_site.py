"""Refuses requests that change something unless they come from our own pages.

Browsers say where a request comes from, with one exception: over plain HTTP, the page that holds a
link or a picture can make its request say nothing. Then the visitor is asked to confirm. Any other
client that says nothing is no browser, and sends only cookies that it was given on purpose. Forms
hold no token, so none expires in an open tab.
"""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote

from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from chassis.errors import Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
V = TypeVar("V", bound=Callable[..., object])


class CrossSite(Problem):
    """Another site's page made the browser ask."""

    status = 403
    slug = "cross-site"
    detail = "This request came from a page of another site, so nothing was changed."


class Prefetch(Problem):
    """The browser asks ahead of a click that may never come."""

    status = 403
    slug = "prefetch"
    detail = "This address changes something, so it can't be fetched ahead of time."


def changes_state(view: V) -> V:
    """Mark a view that changes something on GET too, as old links want it."""
    view.changes_state = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Refuse before a view is called."""

    @app.before_request
    def refuse() -> None:
        if changes_nothing():
            return
        if is_prefetch():
            raise Prefetch
        if _is_cross_site():
            raise CrossSite


def let_head_change_nothing(app: Flask) -> None:
    """Take HEAD from routes that change something on GET: Flask would run their view for it."""
    for rule in app.url_map.iter_rules():
        if _changes_state(app, rule) and rule.methods is not None:
            rule.methods.discard("HEAD")


def changes_nothing() -> bool:
    """Whether the current request changes nothing."""
    is_safe = request.method in SAFE_METHODS
    return is_safe and not _changes_state(current_app, request.url_rule)


def changes_nothing_at(address: str) -> bool:
    """Whether a GET of this address of ours finds a page and changes nothing.

    A browser resolves `.` and `..` before it asks, so what they lead to is another page.
    """
    path = unquote(address.partition("#")[0].partition("?")[0])
    if not {".", ".."}.isdisjoint(path.split("/")):
        return False
    rule = _rule_at(path, "GET")
    return rule is not None and not _changes_state(current_app, rule)


def takes_forms(address: str) -> bool:
    """Whether forms are sent to this address of ours."""
    return _rule_at(unquote(address), "POST") is not None


def is_prefetch() -> bool:
    """Whether the browser asks ahead of a click."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


def own_origin() -> str:
    """Scheme and host as the client sent them.

    Werkzeug's `request.host` is empty for a host that it finds invalid, such as a container's name
    with an underscore, and raises an error for bad Punycode.
    """
    return f"{request.scheme}://{request.headers.get('Host', '')}"


def hides_its_source() -> bool:
    """Whether a browser opens an address without saying which page led there.

    Browsers are told from other clients by their User-Agent or, when they follow a link, by
    `Upgrade-Insecure-Requests`; their forms always send `Origin`.
    """
    is_browser = request.headers.get("Upgrade-Insecure-Requests") == "1" or request.headers.get(
        "User-Agent", ""
    ).startswith("Mozilla/")
    return (
        request.method == "GET"
        and is_browser
        and "Sec-Fetch-Site" not in request.headers
        and _source() is None
    )


def _changes_state(app: Flask, rule: Rule | None) -> bool:
    view = app.view_functions.get(rule.endpoint) if rule else None
    return getattr(view, "changes_state", False)


def _rule_at(path: str, method: str) -> Rule | None:
    routes = current_app.url_map.bind("")
    try:
        rule, _ = routes.match(path, method=method, return_rule=True)
    except HTTPException:
        return None
    return rule


def _is_cross_site() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    source = _source()
    return source is not None and not f"{source}/".startswith(f"{own_origin()}/")


def _source() -> str | None:
    return request.headers.get("Origin") or request.headers.get("Referer")
