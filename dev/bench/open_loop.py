"""Open loop: requests are sent at their own times, whether or not the last one was answered.

A request's time counts from the moment when it was due, so that waiting for a free connection
or a late client counts too.
"""

import selectors
import socket
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from dev.simulator.tally import percentile

MOST_CONNECTIONS = 64
LAST_SECONDS = 5.0


@dataclass(eq=False)
class _Connection:
    sock: socket.socket
    due: float = 0.0
    got: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True)
class Times:
    """Seconds, ascending; `errors` are answers of 400 and above, and requests without one."""

    seconds: list[float]
    errors: int

    def percentile(self, share: float) -> float:
        return percentile(self.seconds, share)


def together(several: Sequence[Times]) -> Times:
    """What several runs have shown, as one."""
    return Times(
        sorted(seconds for each in several for seconds in each.seconds),
        sum(each.errors for each in several),
    )


def run(port: int, requests: Sequence[bytes], rate: float, seconds: float, seed: int = 1) -> Times:
    """Send `rate` requests per second on average, at random moments (Poisson)."""
    rng = Random(seed)
    moments, at = deque[float](), 0.0
    while (at := at + rng.expovariate(rate)) < seconds:
        moments.append(at)
    client = _Client(port, requests)
    try:
        return client.send_at(moments)
    finally:
        client.close()


class _Client:
    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self._address = ("127.0.0.1", port)
        self._requests = requests
        self._sent = 0
        self._free: list[_Connection] = []
        self._busy = 0
        self._times: list[float] = []
        self._errors = 0
        self._selector = selectors.DefaultSelector()

    def send_at(self, moments: "deque[float]") -> Times:
        start = perf_counter()
        last = moments[-1] if moments else 0.0
        waiting = deque[float]()
        while moments or waiting or self._busy:
            now = perf_counter() - start
            if now > last + LAST_SECONDS:
                break
            while moments and moments[0] <= now:
                waiting.append(start + moments.popleft())
            self._send_all(waiting)
            pause = max(0.0, moments[0] - (perf_counter() - start)) if moments else 0.1
            for key, _ in self._selector.select(pause):
                self._receive(key.data)
        unanswered = len(waiting) + self._busy
        return Times(sorted(self._times), self._errors + unanswered)

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.sock.close()
        self._selector.close()

    def _connection(self) -> _Connection | None:
        if self._free:
            return self._free.pop()
        if self._busy >= MOST_CONNECTIONS:
            return None
        connection = _Connection(socket.create_connection(self._address))
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(connection.sock, selectors.EVENT_READ, connection)
        return connection

    def _send_all(self, waiting: "deque[float]") -> None:
        while waiting and (connection := self._connection()):
            connection.due = waiting.popleft()
            self._send(connection)

    def _send(self, connection: _Connection) -> None:
        with suppress(OSError):  # what is broken gets no answer, which `_receive` sees
            connection.sock.sendall(self._requests[self._sent % len(self._requests)])
        self._sent += 1
        self._busy += 1

    def _receive(self, connection: _Connection) -> None:
        try:
            part = connection.sock.recv(262_144)
        except OSError:
            part = b""
        if connection in self._free:  # closed while nobody used it
            self._free.remove(connection)
            self._drop(connection)
            return
        connection.got += part
        if part and not is_whole(connection.got):
            return
        self._times.append(perf_counter() - connection.due)
        self._busy -= 1
        self._errors += not part or connection.got[9:10] >= b"4"
        if not part or b"\r\nConnection: close\r\n" in connection.got[:2_000]:
            self._drop(connection)
            return
        connection.got.clear()
        self._free.append(connection)

    def _drop(self, connection: _Connection) -> None:
        self._selector.unregister(connection.sock)
        connection.sock.close()


def is_whole(answer: bytearray) -> bool:
    """Whether an answer is complete; the gateway's name their length, or come in chunks."""
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    _, named, rest = head.lower().partition(b"\r\ncontent-length:")
    if named:
        return len(body) >= int(rest.split(b"\r\n", 1)[0])
    return body.endswith(b"0\r\n\r\n") or bytes(head[9:12]) in (b"204", b"304")
