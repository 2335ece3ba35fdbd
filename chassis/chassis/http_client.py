"""How one service calls another: with time-outs, one retry where it is safe, one exception."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Any, TypedDict, Unpack
from urllib.parse import urlencode

import orjson

from chassis import request_id
from chassis.breaker import Breaker
from chassis.connections import BROKEN, SILENT, Connections, Pending, Reply, Request
from chassis.metrics import provider_called

CONNECT_SECONDS = 0.5
READ_SECONDS = 2.0
# After so many time-outs in a row further calls fail at once.
MOST_IN_VAIN = 4
REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
_log = logging.getLogger(__name__)


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


class Options(TypedDict, total=False):
    """What a request may have besides a method and a path.

    `repeatable` marks a POST that may safely be sent twice; REPEATABLE methods always may.
    """

    token: str | None
    params: dict[str, Any] | None
    json: Any
    repeatable: bool


class Provider:
    """Another service, by its base URL.

    Time-outs are in seconds; tests replace `transport`. While the service hangs, calls raise
    Unavailable at once, except those that the breaker lets through.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        breaker: Breaker | None = None,
    ) -> None:
        self.name = name
        self._breaker = breaker or Breaker(MOST_IN_VAIN)
        self.transport: Callable[[Request], Pending[Reply]] = Connections(
            base_url, connect_seconds, read_seconds
        )

    def call(self, method: str, path: str, **options: Unpack[Options]) -> Answer:
        """One request; Unavailable when there is no answer, a 5xx, or no JSON in it."""
        return self.begin(method, path, **options)()

    def begin(self, method: str, path: str, **options: Unpack[Options]) -> Pending[Answer]:
        """Like `call`, but sent now and awaited later, when the result is called.

        The metric counts the time spent sending and waiting, not the time in between.
        """
        if not self._breaker.allows():
            return self._given_up
        asked_at, begun = monotonic(), perf_counter()
        waiting = self.transport(_request(method, path, options))
        sending = perf_counter() - begun

        def answer() -> Answer:
            started, outcome = perf_counter() - sending, "unavailable"
            try:
                reply = waiting()
                outcome = str(reply.status)
                self._breaker.record_success()
            except BROKEN as error:
                if isinstance(error, SILENT):
                    self._breaker.record_failure(asked_at)
                else:
                    self._breaker.record_success()
                raise self.unavailable(type(error).__name__) from error
            finally:
                provider_called(self.name, outcome, started)
            return self._answer(reply)

        return answer

    def _given_up(self) -> Answer:
        provider_called(self.name, "given-up", perf_counter())
        raise self.unavailable("did not answer a moment ago")

    def unavailable(self, reason: str) -> Unavailable:
        """Make the exception and log it, since a caller may go on without an answer."""
        error = Unavailable(self.name, reason)
        _log.warning("unavailable: %s", error)
        return error

    def _answer(self, reply: Reply) -> Answer:
        if reply.status >= 500:
            raise self.unavailable(f"status {reply.status}")
        try:
            return Answer(reply.status, orjson.loads(reply.body) if reply.body else None)
        except orjson.JSONDecodeError as error:
            raise self.unavailable("answer is no JSON") from error


def _request(method: str, path: str, options: Options) -> Request:
    params, json = options.get("params"), options.get("json")
    return Request(
        method,
        f"{path}?{urlencode(params)}" if params else path,
        _headers(options.get("token"), json is not None),
        None if json is None else orjson.dumps(json),
        options.get("repeatable", False) or method in REPEATABLE,
    )


def _headers(token: str | None, has_body: bool) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if has_body:
        headers["Content-Type"] = "application/json"
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if (known := request_id.current()) is not None:
        headers[request_id.HEADER] = known
    return headers
