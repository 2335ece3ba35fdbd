"""Every write that was acknowledged, and reading all of them back."""

import json
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from urllib3.exceptions import HTTPError

from infra.proof.client import Client
from infra.proof.visits import Request, Simulator
from infra.trouble import Trouble

WROTE, FOLLOWED, REGISTERED = "wrote", "followed", "registered"
MOST = 1000
READERS = 4
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Write:
    """Who wrote what (a text, a followed name, nothing), acknowledged at a monotonic time."""

    kind: str
    who: str
    what: str
    at: float


class Ledger:
    def __init__(self, client: Client, simulator: Simulator) -> None:
        self._client = client
        self._simulator = simulator
        self._lock = threading.Lock()
        self._writes: list[Write] = []
        self._people: list[str] = []

    def wrote(self, who: str, text: str) -> None:
        self._note(WROTE, who, text)

    def followed(self, who: str, whom: str) -> None:
        self._note(FOLLOWED, who, whom)

    def registered(self, name: str) -> None:
        self._note(REGISTERED, name, "")
        with self._lock:
            self._people.append(name)

    def people(self) -> list[str]:
        """Those who have registered, newest last."""
        with self._lock:
            return self._people[-100:]

    def between(self, start: float = 0.0, end: float = float("inf")) -> list[Write]:
        with self._lock:
            return [write for write in self._writes if start <= write.at < end]

    def lost(self, writes: Iterable[Write]) -> list[Write]:
        """Those of them that cannot be read back."""
        groups: dict[tuple[str, str], list[Write]] = {}
        for write in writes:
            groups.setdefault((write.kind, write.who), []).append(write)
        with ThreadPoolExecutor(READERS) as readers:
            return [
                write for found in readers.map(self._missing, groups.values()) for write in found
            ]

    def _missing(self, group: list[Write]) -> list[Write]:
        """Those that can't be read back, of a group of one kind and one person."""
        there = self._there(group[0].kind, group[0].who)
        return [write for write in group if write.what not in there]

    def _there(self, kind: str, who: str) -> set[str]:
        if kind == FOLLOWED:
            return set(self._read(self._simulator.follows(who, MOST), {"follows": []})["follows"])
        messages = self._read(self._simulator.messages(who, MOST), None)
        if kind == REGISTERED:
            return set() if messages is None else {""}
        return {message["content"] for message in messages or ()}

    def _read(self, request: Request, unknown: Any) -> Any:
        """Read until there is no error; returns the body, or `unknown` if nobody has that name."""
        deadline, fault = time.monotonic() + PATIENCE_SECONDS, ""
        while time.monotonic() < deadline:
            try:
                answer = self._client.ask(request)
            except HTTPError as error:
                fault = type(error).__name__
            else:
                if answer.status in (200, 404):
                    return json.loads(answer.body) if answer.status == 200 else unknown
                fault = f"status {answer.status}"
            time.sleep(0.5)
        raise Trouble(f"What was written can't be read back: {request.path}: {fault}")

    def _note(self, kind: str, who: str, what: str) -> None:
        write = Write(kind, who, what, time.monotonic())
        with self._lock:
            self._writes.append(write)
