"""Requests that change something are ours, or they are refused.

Browsers say where a request comes from, but for one: what a link or a picture asks for over plain
HTTP may say nothing, if the page that it stands on wants that. Then whoever opened it is asked.
What else says nothing is no browser, and carries no cookie that it was not given on purpose. No
token stands in the forms, so none ends in an open tab.
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
    """HEAD is for safe routes: Flask would run the GET of those that change something."""
    for rule in app.url_map.iter_rules():
        if _changes_state(app, rule) and rule.methods is not None:
            rule.methods.discard("HEAD")


def changes_nothing() -> bool:
    """Whether the request at hand only looks."""
    is_safe = request.method in SAFE_METHODS
    return is_safe and not _changes_state(current_app, request.url_rule)


def changes_nothing_at(address: str) -> bool:
    """Whether whoever opens an address of ours only looks at a page, and there is one."""
    path = address.partition("#")[0].partition("?")[0]
    routes = current_app.url_map.bind("")
    try:
        rule, _ = routes.match(unquote(path), method="GET", return_rule=True)
    except HTTPException:
        return False
    return not _changes_state(current_app, rule)


def is_prefetch() -> bool:
    """Whether the browser asks ahead of a click."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


def own_origin() -> str:
    """Scheme and host as they were sent: werkzeug's are without those that it does not know.

    So is one with an underscore, as containers have; one in bad Punycode it does not survive.
    """
    return f"{request.scheme}://{request.headers.get('Host', '')}"


def hides_its_source() -> bool:
    """Whether a browser opens an address and does not say what led it there.

    What it is called, and for a link `Upgrade-Insecure-Requests`, tells it from other clients; its
    forms always say `Origin`.
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


def _is_cross_site() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    source = _source()
    return source is not None and not f"{source}/".startswith(f"{own_origin()}/")


def _source() -> str | None:
    return request.headers.get("Origin") or request.headers.get("Referer")
