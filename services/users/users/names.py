"""Which names can be had: they are shown to everybody and are segments of pages' paths."""

import re
from collections.abc import Callable

from users.errors import InvalidUsername

LONGEST = 100
# Pages and routes at the root, and the two segments that every client resolves away.
RESERVED = frozenset(
    {
        ".",
        "..",
        ".well-known",
        "add_message",
        "api",
        "favicon.ico",
        "healthz",
        "login",
        "logout",
        "messages",
        "metrics",
        "public",
        "readyz",
        "register",
        "robots.txt",
        "settings",
        "simulator",
        "static",
        "v1",
        "version",
    }
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_BLANK = re.compile(r"\s*")
_REASONS: tuple[tuple[Callable[[str], object], str | None], ...] = (
    (_BLANK.fullmatch, None),
    (lambda name: len(name) > LONGEST, f"A username can have at most {LONGEST} characters"),
    (lambda name: "/" in name, "A username can't contain a slash"),
    (_CONTROL.search, "A username can't contain control characters"),
    (RESERVED.__contains__, "This username is reserved"),
)


def check(name: str) -> None:
    """InvalidUsername (400), saying why, for a name that nobody may have."""
    for applies, reason in _REASONS:
        if applies(name):
            raise InvalidUsername(reason)
