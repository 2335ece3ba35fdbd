"""One node's gateway as clients see it: some keep their connection, some open one per request."""

import time
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
    """No request is repeated, whatever becomes of it."""

    def __init__(self, node: str, port: int) -> None:
        self.node = node
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS)
        self._pool = urllib3.HTTPConnectionPool(
            node, port, timeout=timeout, maxsize=CONNECTIONS, retries=False
        )

    def ask(self, request: Request) -> Answer:
        """The answer, whatever it says; HTTPError without one."""
        headers = dict(request.headers)
        if not request.keeps_alive:
            headers["Connection"] = "close"
        got = self._pool.urlopen(
            request.method, request.path, body=request.body, headers=headers, redirect=False
        )
        return Answer(got.status, got.headers, got.data)

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
