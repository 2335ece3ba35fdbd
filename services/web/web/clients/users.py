"""What web asks of users."""

from dataclasses import dataclass
from functools import lru_cache
from threading import BoundedSemaphore
from time import monotonic

import orjson

from chassis.app import LARGEST_BODY
from chassis.connections import Pending
from chassis.http_client import Answer, Provider
from web import names
from web.clients.answers import Refused, accept, is_done, reading

NAMES_KEPT = 10_000
TOO_LONG = "What you typed is too long"


@dataclass(frozen=True)
class Person:
    id: int
    name: str


@dataclass(frozen=True)
class Lease:
    """Until when, by the monotonic clock, what was traded under this revision stands."""

    revision: str
    end: float


@dataclass(frozen=True)
class Access:
    """A short-lived access token and whom it speaks for; `seconds` is how long it is valid."""

    token: str
    seconds: float
    person: Person
    lease: Lease


class _Nobody(Exception):
    """A miss; raised, because what is raised is not cached."""


class Users:
    """Calls raise Unavailable when users gives no answer, Refused when it says no.

    `most_waiting` may wait at once for what takes a password's hash; one more is Unavailable.
    """

    def __init__(self, provider: Provider, most_waiting: int) -> None:
        self.provider = provider
        self._turns = BoundedSemaphore(most_waiting)
        # A name never changes its owner, so a hit stays true; a miss may end any moment.
        self._find = lru_cache(maxsize=NAMES_KEPT)(self._ask)

    def find(self, name: str) -> Person | None:
        """Who is called so; None if nobody is."""
        try:
            return self._find(name) if names.is_possible(name) else None
        except _Nobody:
            return None

    def register(self, username: str, email: str, password: str) -> None:
        body = {"username": username, "email": email, "password": password}
        accept(self.provider, self._send("/v1/users", body), 201)

    def log_in(self, username: str, password: str) -> str:
        """A new session's token."""
        body = {"username": username, "password": password}
        answer = self._send("/v1/sessions", body)
        with reading(self.provider):
            return str(accept(self.provider, answer, 201)["session_token"])

    def trade(self, session_token: str) -> Pending[Access | None]:
        """An access token for a session; None if the session has ended."""
        path, begun = "/v1/access-tokens", monotonic()
        waiting = self.provider.begin("POST", path, token=session_token, repeatable=True)

        def access() -> Access | None:
            answer = waiting()
            if answer.status == 401:
                return None
            with reading(self.provider):
                body = accept(self.provider, answer, 201)
                person = Person(int(body["id"]), str(body["name"]))
                lease_seconds = float(body.get("lease_seconds", 0))
                lease = Lease(str(body.get("revision", "")), begun + lease_seconds)
                return Access(str(body["access_token"]), float(body["expires_in"]), person, lease)

        return access

    def end_session(self, access_token: str) -> None:
        """End the session that the access token was made from."""
        self._end("/v1/sessions/current", access_token)

    def end_sessions(self, access_token: str) -> None:
        """End all sessions of the one for whom the access token speaks."""
        self._end("/v1/sessions", access_token)

    def change_password(self, access_token: str, current: str, new: str) -> None:
        """Change the password; that also ends all other sessions."""
        body = {"current_password": current, "new_password": new}
        accept(self.provider, self._send("/v1/password", body, access_token), 204)

    def _send(self, path: str, body: dict[str, str], token: str | None = None) -> Answer:
        """POST what was typed; Refused (413) if its JSON, longer than the form, is too long."""
        if len(orjson.dumps(body)) > LARGEST_BODY:
            raise Refused(self.provider.name, 413, "too-long", TOO_LONG)
        if not self._turns.acquire(blocking=False):
            raise self.provider.unavailable("enough wait for a password's hash")
        try:
            return self.provider.call("POST", path, token=token, json=body)
        finally:
            self._turns.release()

    def _end(self, path: str, token: str) -> None:
        """End; a 401 means that a first try, whose answer was lost, has done so already."""
        is_done(self.provider, self.provider.call("DELETE", path, token=token), unless=401)

    def _ask(self, name: str) -> Person:
        answer = self.provider.call("GET", f"/v1/users/by-name/{names.quoted(name)}")
        try:
            with reading(self.provider):
                body = accept(self.provider, answer, 200)
                return Person(int(body["id"]), str(body["name"]))
        except Refused as refused:
            if refused.status == 404:
                raise _Nobody from None
            raise
