"""Looking at the running system: each part's health, and what the services tell of themselves."""

import json
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException

from dev import probing
from dev.services import NAMES, PARTS
from dev.status.scrape import SECONDS, Scrape, Traffic, scrape, traffic

# Traffic is measured over so many looks.
WINDOW = 6


@dataclass(frozen=True)
class Part:
    """A process of the system; a service has traffic from the second look on."""

    name: str
    health: str
    reason: str = ""
    scrape: Scrape | None = None
    traffic: Traffic | None = None


class Watch:
    """Looks again and again, and remembers what the last scrapes gave."""

    def __init__(self) -> None:
        self._scrapes: dict[str, deque[Scrape]] = {name: deque(maxlen=WINDOW) for name in NAMES}

    def look(self, processes: Mapping[str, Mapping[str, int]]) -> list[Part]:
        """All parts, asked at the same time; `processes` as system.json has them."""
        with ThreadPoolExecutor(len(PARTS)) as pool:
            return list(pool.map(lambda name: self._part(name, processes[name]["port"]), PARTS))

    def _part(self, name: str, port: int) -> Part:
        if name not in self._scrapes:
            return Part(name, "up" if probing.listens(port, SECONDS) else "down")
        health, reason = _readiness(port)
        newest = scrape(port)
        if newest is None:
            return Part(name, health, reason)
        past = self._scrapes[name]
        past.append(newest)
        since = traffic(past[0], newest) if len(past) > 1 else None
        return Part(name, health, reason, newest, since)


def _readiness(port: int) -> tuple[str, str]:
    """A service's state, such as `ready`, and the reason if it is another one."""
    try:
        body = json.loads(probing.ask(port, "/readyz", SECONDS)[1])
        return str(body["status"]), str(body.get("reason", ""))
    except ConnectionError:
        return "down", ""
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return "silent", ""
