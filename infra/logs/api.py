"""A client of Elasticsearch's and Kibana's APIs: JSON in, JSON out, Trouble for a refusal."""

import time
from base64 import b64encode
from typing import Any

import requests

from infra.trouble import Trouble

SECONDS = 30
POLL_SECONDS = 1.0
# It is starting or busy: it is asked again until the time is over.
_LATER = (408, 429, 502, 503, 504)


class Api:
    """`auth` is a user and its password, or an API key as ID:SECRET."""

    def __init__(self, url: str, ca: str = "", auth: tuple[str, str] | str = "") -> None:
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = ca or True
        if isinstance(auth, str):
            self.http.headers["Authorization"] = f"ApiKey {b64encode(auth.encode()).decode()}"
        else:
            self.http.auth = auth

    def ask(
        self, method: str, path: str, body: Any = None, *, or_none: bool = False, **options: Any
    ) -> Any:
        """Send a request; returns its answer's JSON. Trouble unless 2xx (or 404 if `or_none`)."""
        answer = self.send(method, path, body, **options)
        if not answer.ok and not (or_none and answer.status_code == 404):
            raise Trouble(f"{method} {self.url}{path}: {answer.status_code} {_reason(answer)}")
        return answer.json()

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        options = {"timeout": SECONDS, **options}
        return self.http.request(method, self.url + path, json=body, **options)

    def await_ready(self, path: str, seconds: float) -> None:
        """Wait until `path` answers with 2xx; Trouble with the last reason if it takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = self.send("GET", path)
                if answer.ok:
                    return
                reason = f"{answer.status_code} {_reason(answer)}"
                if answer.status_code not in _LATER:
                    raise Trouble(f"{self.url}{path}: {reason}")
            except requests.exceptions.SSLError as error:
                raise Trouble(f"{self.url}: {_deepest(error)}") from None
            except (requests.ConnectionError, requests.Timeout) as error:
                reason = _deepest(error)
            if time.monotonic() > deadline:
                raise Trouble(f"{self.url} is not ready after {seconds:.0f} s: {reason}")
            time.sleep(POLL_SECONDS)


def _reason(answer: requests.Response) -> str:
    """Both products' errors carry a reason, in forms of their own."""
    try:
        body = answer.json()
        error = body.get("error", body)
        return str(error.get("reason") or error.get("message") or error)[:500]
    except (ValueError, AttributeError):
        return answer.text[:500] or answer.reason


def _deepest(error: BaseException) -> str:
    """The message of the first error, below what each layer made of it."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error)
