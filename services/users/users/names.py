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
# Controls, line separators, and what reorders text or takes no room: a name that hides some
# of it looks like another's. The two joiners stay: Persian words and many emoji need them.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb]"
)
_BLANK = re.compile("[\\s\u200c\u200d]*")
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
