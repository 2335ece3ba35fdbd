"""Names to authors, as users knows them."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from flask import Flask, current_app

from chassis import simulator
from chassis.http_client import Provider
from messages.errors import UnknownAuthor

NAMES_KEPT = 100_000
LONGEST_NAME = 100
_EXTENSION = "minitwit_authors"


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who can post, by what never changes about them."""

    id: int
    name: str


class Authors:
    """A client of users."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        # A name never changes its owner, so a hit stays true. A miss is raised, and what
        # is raised is not kept: the name may be registered the next moment.
        self._kept = lru_cache(maxsize=NAMES_KEPT)(self._ask)

    def find(self, name: str) -> Author:
        """The author of this name; UnknownAuthor if there is none, Unavailable without users."""
        return self._kept(name)

    def _ask(self, name: str) -> Author:
        if not _is_possible(name):
            raise UnknownAuthor()
        simulator.record()
        answer = self.provider.call("GET", f"/v1/users/by-name/{quote(name, safe='')}")
        if answer.status == 404:
            raise UnknownAuthor()
        try:
            return Author(int(answer.body["id"]), str(answer.body["name"]))
        except (KeyError, TypeError, ValueError) as error:
            raise self.provider.unavailable(f"status {answer.status}: {error!r}") from error


def _is_possible(name: str) -> bool:
    """Whether anybody can have this name: it must be a single path segment, no `.` or `..`."""
    if name in ("", ".", "..") or "/" in name or len(name) > LONGEST_NAME:
        return False
    return not any(unicodedata.category(letter) == "Cc" for letter in name)


def init_app(app: Flask, users_url: str) -> None:
    """Let routes ask for `authors()`."""
    app.extensions[_EXTENSION] = Authors(Provider("users", users_url))


def of(app: Flask) -> Authors:
    """The client of an app."""
    client: Authors = app.extensions[_EXTENSION]
    return client


def authors() -> Authors:
    """The client of the app at hand."""
    return of(current_app)
