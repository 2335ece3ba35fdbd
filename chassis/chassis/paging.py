"""Keyset pagination: newest first, bounded by ids, linked by RFC 8288 `Link` headers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from chassis.bodies import whole
from chassis.errors import BadRequest

T = TypeVar("T")

DEFAULT_LIMIT = 30
MOST = 100
LARGEST_ID = 2**63 - 1
_DIGITS = re.compile("[0-9]{1,19}")


@dataclass(frozen=True)
class PageRequest:
    """Which page of a list is wanted: `limit` items older than `before` or newer than `after`."""

    limit: int = DEFAULT_LIMIT
    before: int | None = None
    after: int | None = None

    @property
    def is_upward(self) -> bool:
        """Whether it is read oldest first, since only its older end is given."""
        return self.after is not None and self.before is None

    @property
    def order(self) -> str:
        """For SQL."""
        return "ASC" if self.is_upward else "DESC"

    def bounds(self) -> dict[str, int]:
        """For SQL; the limit is one row more, which tells whether the list goes on."""
        return {
            "after": 0 if self.after is None else self.after,
            "before": LARGEST_ID if self.before is None else self.before,
            "limit": self.limit + 1,
        }


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page, newest first, and whether the list goes on at its two ends."""

    items: Sequence[T]
    has_older: bool
    has_newer: bool


def from_query() -> PageRequest:
    """The page that `?limit`, `?before` and `?after` ask for; BadRequest (400) if unreadable."""
    return from_values(_query())


def number_from_query(name: str) -> int | None:
    """The number in a parameter of the query, None without one; BadRequest (400) if unreadable."""
    return _integer(_query(), name)


def from_values(values: dict[str, Any]) -> PageRequest:
    """The page that a query or a body asks for; `limit` is at most 100; 0 means 1."""
    limit = _integer(values, "limit")
    return PageRequest(
        limit=DEFAULT_LIMIT if limit is None else min(max(limit, 1), MOST),
        before=_integer(values, "before"),
        after=_integer(values, "after"),
    )


def cut(rows: Sequence[T], asked: PageRequest) -> Page[T]:
    """Make a page, newest first, of at most `limit + 1` rows, read in its order and bounds.

    Beyond a bound that the client gave, the list is assumed to go on, without looking.
    """
    more, kept = len(rows) > asked.limit, rows[: asked.limit]
    if asked.is_upward:
        return Page(kept[::-1], has_older=asked.after != 0, has_newer=more)
    return Page(kept, has_older=more or bool(asked.after), has_newer=asked.before is not None)


def answer(
    items: list[dict[str, Any]], page: Page[Any], asked: PageRequest, cursor: str
) -> Response:
    """`{"items", "older", "newer"}`, to pass as `before` and `after`; a POST gets no `Link`."""
    older, newer = _ends(items, page, asked, cursor)
    response = jsonify({"items": items, "older": older, "newer": newer})
    if request.method != "POST":
        ends = (("next", "before", older), ("prev", "after", newer))
        links = [_link(rel, name, id_) for rel, name, id_ in ends if id_ is not None]
        if links:
            response.headers["Link"] = ", ".join(links)
    return response


def _ends(
    items: list[dict[str, Any]], page: Page[Any], asked: PageRequest, cursor: str
) -> tuple[int | None, int | None]:
    if items:
        first, last = items[0][cursor], items[-1][cursor]
    else:
        first, last = (asked.before or 1) - 1, min(asked.after or 0, LARGEST_ID - 1) + 1
    return last if page.has_older else None, first if page.has_newer else None


def _link(rel: str, name: str, value: int) -> str:
    kept = {k: v for k, v in request.args.items() if k not in ("before", "after")}
    return f'<{quote(request.path)}?{urlencode({**kept, name: value})}>; rel="{rel}"'


def _query() -> dict[str, Any]:
    return {name: _number(raw) for name, raw in request.args.items()}


def _number(raw: str) -> int | str:
    return int(raw) if _DIGITS.fullmatch(raw) else raw


def _integer(values: dict[str, Any], name: str) -> int | None:
    if values.get(name) is None:
        return None
    number = whole(values[name])
    if number is None or not 0 <= number <= LARGEST_ID:
        raise BadRequest(f"{name} must be a whole number from 0 to {LARGEST_ID}.")
    return number


class IdConverter(BaseConverter):
    """`<id:name>` in a route: an id as Postgres can hold it; anything else is a 404."""

    regex = r"[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        if int(value) > LARGEST_ID:
            # A ValidationError could become a 405, if the path also has a route for another method.
            raise NotFound
        return int(value)


def init_app(app: Flask) -> None:
    """Let routes say `<id:name>`."""
    app.url_map.converters["id"] = IdConverter
