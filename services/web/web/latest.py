"""GET /api/latest: the newest `latest` that any service was sent."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from math import inf

from flask import Blueprint, Flask, Response, current_app, jsonify

from chassis.breaker import Breaker
from chassis.errors import TryLater
from chassis.http_client import Provider, Unavailable
from chassis.simulator import action
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

blueprint = Blueprint("latest", __name__)


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
    """Serve GET /api/latest."""
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
    app.register_blueprint(blueprint)


def of(app: Flask) -> Latest:
    """The one of an app."""
    found: Latest = app.extensions[_EXTENSION]
    return found


@blueprint.get("/api/latest")
@action("read")
def latest() -> Response:
    """In the simulator's form."""
    try:
        newest = of(current_app).newest()
    except Unavailable:
        raise TryLater from None
    response = jsonify(latest=newest)
    response.headers["Cache-Control"] = "no-store"
    return response


def _ask(provider: Provider) -> Recorded | None:
    with reading(provider):
        body = accept(provider, provider.call("GET", "/simulator/latest"), 200)
        if body["latest"] is None:
            return None
        return Recorded(int(body["latest"]), datetime.fromisoformat(body["recorded_at"]))


def _newest(answered: list[Future[Recorded | None]]) -> int:
    recorded = [each for call in answered if (each := call.result()) is not None]
    return max(recorded, key=lambda each: each.at).value if recorded else -1
