"""What one request is, and when its answer is right."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

MISSING = b'class="missing"'


def _nothing() -> None:
    """A read leaves nothing to be remembered."""


@dataclass(frozen=True)
class Request:
    """`acknowledged` is called when the answer was right; an impatient client hangs up early."""

    kind: str
    method: str
    path: str
    wanted: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    keeps_alive: bool = False
    is_impatient: bool = False
    acknowledged: Callable[[], None] = _nothing

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    def fault(self, status: int, body: bytes) -> str:
        """Why an answer is wrong. A page that says that a part of it is missing is wrong too."""
        if status != self.wanted:
            return f"status {status}"
        return "a part is missing" if MISSING in body else ""


@dataclass(frozen=True)
class Simulator:
    """The requests that the course's simulator could make."""

    credentials: str

    def request(self, kind: str, path: str, body: Mapping[str, str] | None = None) -> Request:
        token = b64encode(self.credentials.encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        return Request(
            kind,
            "POST" if body else "GET",
            path,
            204 if body else 200,
            headers,
            json.dumps(body).encode() if body else None,
            is_impatient=True,
        )

    def register(self, name: str) -> Request:
        body = {"username": name, "email": f"{quote(name)}@example.org", "pwd": password(name)}
        return self.request("register", "/api/register", body)

    def tweet(self, name: str, text: str) -> Request:
        return self.request("tweet", f"/api/msgs/{quote(name)}", {"content": text})

    def follow(self, name: str, whom: str) -> Request:
        return self.request("follow", f"/api/fllws/{quote(name)}", {"follow": whom})

    def messages(self, name: str = "", number: int = 30) -> Request:
        path = f"/api/msgs/{quote(name)}" if name else "/api/msgs"
        return self.request("messages", f"{path}?no={number}")

    def follows(self, name: str, number: int) -> Request:
        return self.request("follows", f"/api/fllws/{quote(name)}?no={number}")


def password(name: str) -> str:
    return f"the password of {name}"


def page(kind: str, path: str, cookie: str = "") -> Request:
    return Request(kind, "GET", path, headers={"Cookie": cookie} if cookie else {})


def form(kind: str, path: str, cookie: str = "", **fields: str) -> Request:
    """What a form on a page sends; answered by leading on to another page."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if cookie:
        headers["Cookie"] = cookie
    return Request(kind, "POST", path, 302, headers, urlencode(fields).encode())
