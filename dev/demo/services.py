"""The running system as the demo world's maker sees it: two services' APIs and one table."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests
from psycopg2.extras import execute_values

from dev.postgres import connect
from dev.trouble import Trouble

_INSERT = """
    INSERT INTO messages.messages (author_id, author_name, text, published_at, flagged) VALUES %s
"""


@dataclass(frozen=True)
class Account:
    """Somebody who is logged in."""

    id: int
    name: str
    token: str = field(repr=False)


class Services:
    """Accounts and follows go through the services, so that hashes and counts are theirs."""

    def __init__(self, users_url: str, followers_url: str) -> None:
        self._users = users_url
        self._followers = followers_url
        self.http = requests.Session()
        self.http.trust_env = False

    def account(self, name: str, email: str, password: str) -> Account:
        """Log in, after registering if there is no account of that name."""
        fields = {"username": name, "email": email, "password": password}
        made = self._call("POST", f"{self._users}/v1/users", json=fields)
        self._expect(made, 201, 409)
        session = self._call("POST", f"{self._users}/v1/sessions", json=fields)
        if session.status_code == 401:
            raise Trouble(f"Somebody else is called {name} here; seed another STATE.")
        self._expect(session, 201)
        access = self._authorized("POST", "/v1/access-tokens", session.json()["session_token"])
        self._expect(access, 201)
        facts = access.json()
        return Account(facts["id"], facts["name"], facts["access_token"])

    def follow(self, follower: Account, name: str) -> None:
        url = f"{self._followers}/v1/followees/{quote(name, safe='')}"
        headers = {"Authorization": f"Bearer {follower.token}"}
        self._expect(self._call("PUT", url, headers=headers), 204)

    def leave(self, account: Account) -> None:
        self._expect(self._authorized("DELETE", "/v1/sessions/current", account.token), 204)

    def _authorized(self, method: str, path: str, token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self._call(method, self._users + path, headers=headers)

    def _call(self, method: str, url: str, **more: Any) -> requests.Response:
        try:
            return self.http.request(method, url, timeout=10, **more)
        except requests.RequestException as error:
            raise Trouble(f"{url} does not answer ({type(error).__name__}).") from error

    def _expect(self, response: requests.Response, *statuses: int) -> None:
        if response.status_code not in statuses:
            request = f"{response.request.method} {response.url}"
            raise Trouble(f"{request} answered {response.status_code}: {response.text[:200]}")


@dataclass(frozen=True)
class Row:
    author: Account
    text: str
    published_at: datetime
    flagged: bool


class Messages:
    """The table itself, by the service's own role: the API can't publish in the past."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url)

    def newest(self) -> datetime | None:
        query = "SELECT published_at FROM messages.messages ORDER BY id DESC LIMIT 1"
        moment: datetime | None = self._one(query)
        return moment

    def any_by(self, author_ids: list[int]) -> bool:
        query = "SELECT true FROM messages.messages WHERE author_id = ANY(%s) LIMIT 1"
        return bool(self._one(query, [author_ids]))

    def write(self, rows: list[Row]) -> None:
        """Insert all rows or none; ids are assigned in their order."""
        values = [(r.author.id, r.author.name, r.text, r.published_at, r.flagged) for r in rows]
        with self._connection, self._connection.cursor() as cursor:
            execute_values(cursor, _INSERT, values, page_size=len(values))

    def close(self) -> None:
        self._connection.close()

    def _one(self, query: str, values: list[Any] | None = None) -> Any:
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(query, values)
            row = cursor.fetchone()
        return row[0] if row else None
