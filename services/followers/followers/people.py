"""Names to ids, as users knows them."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from flask import Flask, current_app

from chassis import simulator
from chassis.http_client import Provider
from followers.errors import UserNotFound

NAMES_KEPT = 100_000
LONGEST_NAME = 100
_EXTENSION = "minitwit_people"


@dataclass(frozen=True, slots=True)
class Person:
    """An account of users, by what never changes about it."""

    id: int
    name: str


class People:
    """A client of users."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        # A name never changes its owner, so a hit stays true. A miss is raised, and what
        # is raised is not kept: the name may be registered the next moment.
        self._kept = lru_cache(maxsize=NAMES_KEPT)(self._ask)

    def find(self, name: str) -> Person:
        """Who is called so; UserNotFound if nobody is, Unavailable if users does not answer."""
        return self._kept(name)

    def _ask(self, name: str) -> Person:
        if not _is_possible(name):
            raise UserNotFound()
        simulator.record()
        answer = self.provider.call("GET", f"/v1/users/by-name/{quote(name, safe='')}")
        if answer.status == 404:
            raise UserNotFound()
        try:
            return Person(int(answer.body["id"]), str(answer.body["name"]))
        except (KeyError, TypeError, ValueError) as error:
            raise self.provider.unavailable(f"status {answer.status}: {error!r}") from error


def _is_possible(name: str) -> bool:
    """Whether anybody can have this name: it must be a single path segment, no `.` or `..`."""
    if name in ("", ".", "..") or "/" in name or len(name) > LONGEST_NAME:
        return False
    return not any(unicodedata.category(letter) == "Cc" for letter in name)


def init_app(app: Flask, users_url: str) -> None:
    """Let routes ask for `people()`."""
    app.extensions[_EXTENSION] = People(Provider("users", users_url))


def of(app: Flask) -> People:
    """The client of an app."""
    client: People = app.extensions[_EXTENSION]
    return client


def people() -> People:
    """The client of the app at hand."""
    return of(current_app)
