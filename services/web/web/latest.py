"""The newest `latest` that any service was sent."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from math import inf

from flask import Flask, current_app

from chassis.breaker import Breaker
from chassis.http_client import Provider, Unavailable
from web.clients.answers import Refused, accept, reading
from web.config import Config

# The simulator waits 0.3 s in all.
CONNECT_SECONDS = 0.1
READ_SECONDS = 0.2
ALL_SECONDS = 0.2
# A service that was late once may have the newest value next time.
NEVER_OPEN = inf
NO_ANSWER = (Unavailable, Refused)
_EXTENSION = "minitwit_latest"


@dataclass(frozen=True)
class Recorded:
    value: int
    at: datetime


class Latest:
    """Asks all providers at once and waits no longer than ALL_SECONDS.

    By threads, since `Provider.begin` connects to one after the other, and waits for each answer
    as long as it may take.
    """

    def __init__(self, providers: Sequence[Provider], threads: int) -> None:
        self.providers = providers
        self._pool = ThreadPoolExecutor(len(providers) * threads, "latest")

    def newest(self) -> int:
        """The value recorded last, -1 if none ever was; Unavailable if nobody answers."""
        calls = [self._pool.submit(copy_context().run, _ask, each) for each in self.providers]
        done, late = wait(calls, ALL_SECONDS)
        for call in late:
            call.cancel()
        answered = [call for call in done if not isinstance(call.exception(), NO_ANSWER)]
        if not answered:
            raise Unavailable("latest", "no service answers")
        return _newest(answered)


def init_app(app: Flask, config: Config) -> None:
    """Let routes ask for `newest()`."""
    urls = {
        "users": config.users_url,
        "messages": config.messages_url,
        "followers": config.followers_url,
    }
    providers = [
        Provider(name, url, CONNECT_SECONDS, READ_SECONDS, Breaker(NEVER_OPEN))
        for name, url in urls.items()
    ]
    app.extensions[_EXTENSION] = Latest(providers, config.threads)


def of(app: Flask) -> Latest:
    """The one of an app."""
    found: Latest = app.extensions[_EXTENSION]
    return found


def newest() -> int:
    """The newest one, as the app at hand is told; see `Latest.newest`."""
    return of(current_app).newest()


def _ask(provider: Provider) -> Recorded | None:
    with reading(provider):
        body = accept(provider, provider.call("GET", "/simulator/latest"), 200)
        if body["latest"] is None:
            return None
        return Recorded(int(body["latest"]), datetime.fromisoformat(body["recorded_at"]))


def _newest(answered: list[Future[Recorded | None]]) -> int:
    recorded = [each for call in answered if (each := call.result()) is not None]
    return max(recorded, key=lambda each: each.at).value if recorded else -1
