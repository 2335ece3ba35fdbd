"""Names of people, as they stand in URLs."""

import re
import unicodedata
from urllib.parse import quote

from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError

LONGEST = 100
# The first path segments of web's other routes.
PAGES = (
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
    "static",
    "version",
)


def is_possible(name: str) -> bool:
    """Whether anybody can have this name; if not, users need not be asked.

    It keeps "." and ".." out of the paths of calls, where they would mean another path.
    """
    return (
        0 < len(name) <= LONGEST
        and name not in (".", "..")
        and not any(unicodedata.category(letter) == "Cc" for letter in name)
    )


def quoted(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")


class NameConverter(BaseConverter):
    """`<name:name>` in a route: a name that somebody can have, and that is no other page's path."""

    part_isolating = True
    regex = rf"(?!(?:{'|'.join(map(re.escape, PAGES))})\Z)[^/]+"

    def to_python(self, value: str) -> str:
        if not is_possible(value):
            raise ValidationError
        return value


def init_app(app: Flask) -> None:
    """Let routes say `<name:name>`."""
    app.url_map.converters["name"] = NameConverter
