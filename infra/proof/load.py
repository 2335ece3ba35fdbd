"""An open-loop load: requests come at their time, whether the earlier ones are answered or not."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from infra.proof.client import Client
from infra.proof.samples import Sample
from infra.proof.visits import Request

WORKERS = 256


class Load:
    """Sends `rate` requests a second in all during the block, to the clients' nodes in turn."""

    def __init__(
        self, clients: Sequence[Client], following: Callable[[], Request], rate: float
    ) -> None:
        self._clients = clients
        self._following = following
        self._pause = 1 / rate
        self._samples: list[Sample] = []
        self._open: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._due = 0.0
        self._sent = threading.Condition(self._lock)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._send, name="arrivals", daemon=True)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="client")

    def __enter__(self) -> Self:
        self._due = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()
        self._workers.shutdown()

    def between(self, start: float, end: float) -> list[Sample]:
        """The requests that were due in that time (of time.monotonic), once all are answered."""
        self._await_answers(end)
        with self._lock:
            return [sample for sample in self._samples if start <= sample.at < end]

    def count(self) -> tuple[int, int]:
        """Requests answered and failed until now."""
        with self._lock:
            return len(self._samples), sum(bool(sample.error) for sample in self._samples)

    def _send(self) -> None:
        due, turn = self._due, 0
        while not self._end.wait(max(0.0, due - time.monotonic())):
            client = self._clients[turn % len(self._clients)]
            sent = self._workers.submit(self._perform, client, due)
            due, turn = due + self._pause, turn + 1
            with self._sent:
                self._open.add(sent)
                self._due = due
                self._sent.notify_all()
            sent.add_done_callback(self._close)

    def _perform(self, client: Client, due: float) -> None:
        sample = client.perform(self._following(), due)
        with self._lock:
            self._samples.append(sample)

    def _close(self, sent: "Future[None]") -> None:
        with self._lock:
            self._open.discard(sent)

    def _await_answers(self, end: float) -> None:
        """Wait for what was due before `end`, which a busy machine may send only after that."""
        with self._sent:
            self._sent.wait_for(lambda: self._due >= end or self._end.is_set())
            waited_for = list(self._open)
        for sent in waited_for:
            sent.result()
