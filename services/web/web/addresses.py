"""URLs of our own: of any page, of the current page, and of the page a form returns to."""

from functools import lru_cache
from typing import Any

from flask import request, url_for

from web.cross_site import changes_nothing_at

KEPT = 10_000
# A name of a hundred letters can take 1,200 characters. The gateway allows 16 KiB of headers.
LONGEST = 2_000


@lru_cache(maxsize=KEPT)
def address_of(endpoint: str, **values: Any) -> str:
    """`url_for`, cached: a page has dozens of URLs, and they depend on the arguments alone."""
    return url_for(endpoint, **values)


@lru_cache(maxsize=KEPT)
def page_of(name: str) -> str:
    """The address of the page of somebody whom users knows: other names would fill the memory."""
    return url_for("timelines.user", name=name)


def leading_on(endpoint: str, page: str) -> str:
    """The address of a form that leads on to a page of ours; not kept: anybody can make one up."""
    after, home = safe(page), url_for("timelines.home")
    return url_for(endpoint, next=after if after != home else None)


def own_address() -> str:
    """The address of the page at hand, without its query."""
    return url_for(str(request.endpoint), **(request.view_args or {}))


def address(url: str) -> str:
    """The address of the current page of a list, whose first page is at `url`."""
    query = request.query_string.decode("ascii", "replace")
    has_query = bool(query) and request.method != "POST"
    return f"{url}?{query}" if has_query and len(url) + len(query) < LONGEST else url


def safe(back: str) -> str:
    """The address of a page of ours that changes nothing, or home.

    A browser reads `\\` as `/`, and `//host` as another site.
    """
    is_ours = back.startswith("/") and not back.startswith("//") and "\\" not in back
    is_address = back.isascii() and back.isprintable() and len(back) <= LONGEST
    if is_ours and is_address and changes_nothing_at(back):
        return back
    return url_for("timelines.home")
