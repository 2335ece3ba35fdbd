"""How one service calls another: with time-outs, one retry where it is safe, one exception."""

from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ReadTimeoutError
from urllib3.util.retry import Retry

from chassis import request_id
from chassis.metrics import provider_call

CONNECT_SECONDS = 0.5
READ_SECONDS = 2.0
CONNECTIONS = 32


class Unavailable(Exception):
    """A provider did not give a usable answer."""

    def __init__(self, provider: str, reason: str) -> None:
        super().__init__(f"{provider}: {reason}")
        self.provider = provider


@dataclass(frozen=True)
class Answer:
    """What a provider said: any status below 500, and its JSON body (None if empty)."""

    status: int
    body: Any
    links: dict[str, str] = field(default_factory=dict)


class Provider:
    """Another service, by its base URL.

    Tests mount another transport at `http://`; time-outs are seconds.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self.name = name
        self._base_url = base_url
        self._timeout = (connect_seconds, read_seconds)
        self.http = requests.Session()
        self.http.trust_env = False
        for scheme in ("http://", "https://"):
            adapter = HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=_retries())
            self.http.mount(scheme, adapter)

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        params: dict[str, Any] | None = None,
        json: Any = None,
        request_id_: str | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """One request; Unavailable when there is no answer, a 5xx, or no JSON in it.

        `repeatable` is a POST that may be done twice, as other methods may anyway.
        """
        headers = _headers(token, request_id_ or request_id.current(), json is not None)
        with provider_call(self.name) as call:
            try:
                response = self._ask(
                    repeatable,
                    method=method,
                    url=self._base_url + path,
                    params=params,
                    data=None if json is None else orjson.dumps(json),
                    headers=headers,
                )
            except requests.RequestException as error:
                raise Unavailable(self.name, type(error).__name__) from error
            call.outcome = str(response.status_code)
        return self._answer(response)

    def _ask(self, repeatable: bool, **request: Any) -> requests.Response:
        ask = partial(self.http.request, **request, timeout=self._timeout, allow_redirects=False)
        try:
            return ask()
        except requests.ConnectionError as error:
            if not repeatable or isinstance(error, requests.Timeout):
                raise
            return ask()

    def _answer(self, response: requests.Response) -> Answer:
        if response.status_code >= 500:
            raise Unavailable(self.name, f"status {response.status_code}")
        try:
            body = orjson.loads(response.content) if response.content else None
        except orjson.JSONDecodeError as error:
            raise Unavailable(self.name, "answer is no JSON") from error
        links = {rel: link["url"] for rel, link in response.links.items()}
        return Answer(response.status_code, body, links)


def _headers(token: str | None, request_id_: str | None, has_body: bool) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if has_body:
        headers["Content-Type"] = "application/json"
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if request_id_ is not None:
        headers[request_id.HEADER] = request_id_
    return headers


class _OncePatient(Retry):
    """Repeats what met a closed connection; whoever waited in vain does not wait again."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _retries() -> Retry:
    return _OncePatient(
        total=1,
        connect=1,
        read=1,
        status=0,
        other=0,
        redirect=False,
        allowed_methods=frozenset({"GET", "HEAD", "PUT", "DELETE"}),
        respect_retry_after_header=False,
        raise_on_status=False,
    )
