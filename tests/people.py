"""Those who use a system over HTTP: the simulator, and people with a plain browser."""

import json
from base64 import b64encode
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from bs4 import BeautifulSoup, Tag
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from tests.system import PATIENCE, eventually

CREDENTIALS = ("simulator", "super_safe!")
PASSWORD = "]=)[X{Km{z"
SECONDS = 60


def patient() -> requests.Session:
    """A client that keeps its connection, and waits until there is one, and for any answer."""
    session = requests.Session()
    retry = Retry(total=int(5 * PATIENCE), read=0, backoff_factor=0.02, backoff_max=0.2)
    session.mount("http://", HTTPAdapter(max_retries=retry))
    session.request = partial(session.request, timeout=PATIENCE)  # type: ignore[method-assign]
    return session


def quoted(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")


@dataclass(frozen=True)
class Raw:
    """An answer to what no client library would send."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Simulator:
    """Sends what the course's simulator sends: a new connection each time, JSON, credentials."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/api"

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """`auth=None` leaves the credentials out."""
        headers = {"Content-Type": "application/json", "Connection": "close"}
        headers |= options.pop("headers", {})
        options = {"auth": CREDENTIALS, "allow_redirects": False, **options}
        return requests.request(
            method, self.url + path, headers=headers, timeout=SECONDS, **options
        )

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self.ask("POST", path, json=body, **options)

    def register(self, name: str, password: str = PASSWORD, **params: Any) -> requests.Response:
        body = {"username": name, "email": f"{quoted(name)}@example.org", "pwd": password}
        return self.post("/register", body, params=params, auth=None)

    def tweet(self, name: str, text: str, **params: Any) -> requests.Response:
        return self.post(f"/msgs/{quoted(name)}", {"content": text}, params=params)

    def tweet_as(self, name: str, text: str, kind: str) -> requests.Response:
        """With another Content-Type than JSON's."""
        body, headers = json.dumps({"content": text}), {"Content-Type": kind}
        return self.ask("POST", f"/msgs/{quoted(name)}", data=body, headers=headers)

    def exactly(
        self, method: str, path: str, *headers: tuple[str, str], body: bytes | None = None
    ) -> Raw:
        """A request that no client library would send: a raw path, or one header twice."""
        parts = urlsplit(self.url)
        with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)) as wire:
            wire.putrequest(method, path, skip_accept_encoding=True)
            token = b64encode(":".join(CREDENTIALS).encode()).decode()
            wire.putheader("Authorization", f"Basic {token}")
            for header in headers:
                wire.putheader(*header)
            if body is not None:
                wire.putheader("Content-Length", str(len(body)))
            wire.endheaders(body)
            answer = wire.getresponse()
            return Raw(answer.status, answer.read())

    def messages(self, name: str = "", **params: Any) -> Any:
        path = f"/msgs/{quoted(name)}" if name else "/msgs"
        answer = self.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def change(self, name: str, **body: Any) -> requests.Response:
        """`follow=` or `unfollow=` somebody."""
        return self.post(f"/fllws/{quoted(name)}", body)

    def follows(self, name: str, **params: Any) -> Any:
        return self.get(f"/fllws/{quoted(name)}", params=params).json()["follows"]

    def ask_latest(self, path: str = "/latest", **options: Any) -> requests.Response:
        """Asked again while it is an error: 503, where no service is as quick as web needs it."""
        return eventually(lambda: self.get(path, **options))

    def latest(self) -> int:
        latest: int = self.ask_latest(auth=None).json()["latest"]
        return latest


class Page:
    """An answer, as somebody who reads it sees it."""

    def __init__(self, answer: requests.Response) -> None:
        self.status = answer.status_code
        self.headers = answer.headers
        self.url = answer.url
        self.html = answer.text
        self.soup = BeautifulSoup(answer.text, "html.parser")

    def all(self, selector: str) -> list[Tag]:
        return list(self.soup.select(selector))

    def one(self, selector: str) -> Tag:
        (found,) = self.soup.select(selector)
        return found

    def texts(self, selector: str) -> list[str]:
        return [" ".join(each.get_text().split()) for each in self.soup.select(selector)]

    @property
    def title(self) -> str:
        return self.texts("title")[0]

    @property
    def flashes(self) -> list[str]:
        return self.texts("ul.flashes > li")

    @property
    def errors(self) -> list[str]:
        return self.texts("div.error")

    @property
    def messages(self) -> list[str]:
        """The texts, as they stand."""
        return [each.get_text() for each in self.soup.select("ul.messages > li .text")]

    @property
    def missing(self) -> str:
        return " ".join(self.texts(".missing"))

    def value(self, name: str) -> str:
        """What stands in a field of a form."""
        field = self.one(f"[name={name}]")
        if field.name == "textarea":
            return field.get_text().removeprefix("\n")
        return str(field.get("value", ""))


class Browser:
    """Keeps cookies, follows redirects where told to, and runs no scripts."""

    def __init__(self, url: str, name: str = "") -> None:
        self.site = url
        self.name = name
        self.http = requests.Session()
        self.http.trust_env = False

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        options = {"timeout": SECONDS, "allow_redirects": False, **options}
        return self.http.request(method, self.site + path, **options)

    def go(self, path: str, **options: Any) -> Page:
        """Open an address and read where it leads."""
        return Page(self.ask("GET", path, allow_redirects=True, **options))

    def post(self, path: str, **form: str) -> requests.Response:
        """Send a form; the answer as it is, redirects included."""
        return self.ask("POST", path, data=form)

    def send(self, path: str, **form: str) -> Page:
        """Send a form and read where that leads."""
        return Page(self.ask("POST", path, data=form, allow_redirects=True))

    def sign_in(self, name: str, password: str = PASSWORD) -> "Browser":
        self.name = name
        page = self.send("/login", username=name, password=password)
        assert page.flashes == ["You were logged in"], page.html
        return self

    def copy(self) -> "Browser":
        """Another browser that holds the same cookies, as a thief's would."""
        other = Browser(self.site, self.name)
        other.http.cookies.update(self.http.cookies)
        return other

    @property
    def is_signed_in(self) -> bool:
        return self.ask("GET", "/").status_code == 200
