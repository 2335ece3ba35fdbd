"""One node's gateway as clients see it: some keep their connection, some open one per request."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError

from infra.proof.samples import Sample
from infra.proof.visits import Request

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 15.0
CONNECTIONS = 256


@dataclass(frozen=True)
class Answer:
    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes


class Client:
    """Sends requests, and never repeats one, whatever becomes of it."""

    def __init__(self, node: str, port: int) -> None:
        self.node = node
        self._port = port
        self._kept = self._connections(CONNECTIONS)

    def ask(self, request: Request) -> Answer:
        """Send a request and return the answer, whatever it says; HTTPError if there is none."""
        if request.keeps_alive:
            return _answer(self._kept, request, request.headers)
        with self._connections(1) as its_own:
            return _answer(its_own, request, {**request.headers, "Connection": "close"})

    def perform(self, request: Request, due: float) -> Sample:
        """Ask, judge the answer, and note an acknowledged write."""
        status, error, answer = 0, "", None
        try:
            answer = self.ask(request)
            status, error = answer.status, request.fault(answer.status, answer.body)
        except HTTPError as failure:
            error = type(failure).__name__
        if not error:
            request.acknowledged()
        return Sample(
            at=due,
            node=self.node,
            kind=request.kind,
            is_write=request.is_write,
            is_impatient=request.is_impatient,
            seconds=time.monotonic() - due,
            status=status,
            error=error,
            request_id=answer.headers.get("X-Request-ID", "") if answer else "",
            retry_after=answer.headers.get("Retry-After", "") if answer else "",
        )

    def _connections(self, number: int) -> urllib3.HTTPConnectionPool:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS)
        return urllib3.HTTPConnectionPool(
            self.node, self._port, timeout=timeout, maxsize=number, retries=False
        )


def _answer(
    connections: urllib3.HTTPConnectionPool, request: Request, headers: Mapping[str, str]
) -> Answer:
    got = connections.urlopen(
        request.method, request.path, body=request.body, headers=headers, redirect=False
    )
    return Answer(got.status, got.headers, got.data)
