"""How one service calls another: with time-outs, one retry where it is safe, one exception."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from chassis import request_id
from chassis.connections import BROKEN, Connections, Reply, Request
from chassis.metrics import provider_call

CONNECT_SECONDS = 0.5
READ_SECONDS = 2.0
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})


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


class Provider:
    """Another service, by its base URL.

    Tests put another `transport` in; time-outs are seconds.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self.name = name
        self.transport: Callable[[Request], Reply] = Connections(
            base_url, connect_seconds, read_seconds
        )

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
        request = Request(
            method,
            f"{path}?{urlencode(params)}" if params else path,
            _headers(token, request_id_ or request_id.current(), json is not None),
            None if json is None else orjson.dumps(json),
            repeatable or method in REPEATABLE,
        )
        with provider_call(self.name) as call:
            try:
                reply = self.transport(request)
            except BROKEN as error:
                raise Unavailable(self.name, type(error).__name__) from error
            call.outcome = str(reply.status)
        return self._answer(reply)

    def _answer(self, reply: Reply) -> Answer:
        if reply.status >= 500:
            raise Unavailable(self.name, f"status {reply.status}")
        try:
            return Answer(reply.status, orjson.loads(reply.body) if reply.body else None)
        except orjson.JSONDecodeError as error:
            raise Unavailable(self.name, "answer is no JSON") from error


def _headers(token: str | None, request_id_: str | None, has_body: bool) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if has_body:
        headers["Content-Type"] = "application/json"
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if request_id_ is not None:
        headers[request_id.HEADER] = request_id_
    return headers
