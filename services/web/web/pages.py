"""Rendering: what every page needs, and the answer when a form can't be served now."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    get_flashed_messages,
    make_response,
    render_template,
    request,
)
from markupsafe import Markup

from chassis import request_id
from web import submissions
from web.addresses import address, address_of, leading_on, own_address, page_of
from web.clients.messages import KEPT, Message
from web.config import Config
from web.cross_site import is_prefetch
from web.known_sessions import Visitor

DELETES_KEPT = 1_000
NAVIGATIONS_KEPT = 1_000
# The pages that the links on top lead to.
NAVIGATED = frozenset(
    {
        "timelines.home",
        "timelines.public",
        "accounts.login",
        "accounts.register",
        "settings.show",
    }
)


def init_app(app: Flask, config: Config) -> None:
    """Let templates ask for what happened, for addresses, and (as `ui`) for the macros."""
    app.jinja_env.globals.update(new_flashes=new_flashes, url_for=address_of, navigation=navigation)
    app.jinja_env.globals.update(password_hint=_password_hint(config.password_min_length))
    app.jinja_env.globals.update(submission=submissions.of_form, leading_on=leading_on)
    app.jinja_env.filters.update(page_of=page_of, drawn=drawn)
    app.jinja_env.globals.update(ui=app.jinja_env.get_template("macros.html").module)


def _password_hint(shortest: int) -> str:
    return f"At least {shortest} characters." if shortest > 1 else ""


def navigation(visitor: Visitor | None, in_doubt: bool) -> Markup:
    """The links on top of the page at hand."""
    here = request.endpoint if request.endpoint in NAVIGATED else None
    return _navigation_drawn_once(here, visitor.name if visitor else None, in_doubt)


def drawn(messages: Sequence[Message], own_id: int | None, url: str) -> Markup:
    """The items of a list whose first page is at `url`; the visitor's own can be deleted.

    Joined here, since a template would check each piece for escaping once more.
    """
    pieces: list[str] = []
    here = address(url)
    for message in messages:
        pieces.append(_drawn_once(message) if message.is_kept else _draw(message))
        if message.author.id == own_id:
            pieces.append(_delete_drawn_once(message.id, message.moment, here))
        pieces.append("\n</div>\n</li>\n")
    return Markup("".join(pieces).rstrip("\n"))  # noqa: S704 - of pieces that are markup


def _draw(message: Message) -> Markup:
    markup: Markup = _macros().message(message)
    return markup


def _draw_delete(message_id: int, moment: str, back: str) -> str:
    return f"\n{_macros().delete(message_id, moment, back)}"


def _draw_navigation(here: str | None, name: str | None, in_doubt: bool) -> Markup:
    markup: Markup = _macros().navigation(here, name, in_doubt)
    return markup


def _macros() -> Any:
    return current_app.jinja_env.globals["ui"]


_drawn_once = lru_cache(maxsize=KEPT)(_draw)
_navigation_drawn_once = lru_cache(maxsize=NAVIGATIONS_KEPT)(_draw_navigation)
_delete_drawn_once = lru_cache(maxsize=DELETES_KEPT)(_draw_delete)


def new_flashes() -> list[Any]:
    """The flashes to show; kept for later if nobody sees this page (HEAD, prefetch)."""
    if request.method == "HEAD" or is_prefetch():
        return []
    return get_flashed_messages()


def confirmation(question: str, button: str, back: str) -> Response:
    """A page that asks whether to do what its address does; `back` leads elsewhere."""
    values = {"question": question, "button": button, "action": own_address(), "back": back}
    response = make_response(render_template("confirm.html", **values))
    response.headers["Cache-Control"] = "no-store"
    return response


def unavailable(template: str, fault: str, **values: Any) -> Response:
    """A 503 page with its form, refilled.

    A provider that gave no answer may still have done what it was asked, so `fault` must not claim
    that it was not done.
    """
    told = {"fault": fault, "reference": request_id.current(), **values}
    response = make_response(render_template(template, **told), 503)
    response.headers["Retry-After"] = "1"
    return response
