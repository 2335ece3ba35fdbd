"""Who sends what: people who write and are read, in the proportions of a busy day."""

import itertools
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from urllib3.exceptions import HTTPError

from infra.proof.client import Client
from infra.proof.ledger import Ledger
from infra.proof.visits import Request, Simulator, form, page, password
from infra.trouble import Trouble

# Enough that nobody writes more in half an hour than the simulator can read back.
WRITERS = 40
# Of 25 requests; half of those that browsers send keep their connection.
SHARES = {
    "public": 5, "person": 3, "home": 3, "messages": 3,
    "tweet": 5, "post": 3, "follow": 2, "register": 1,
}  # fmt: skip
PATIENCE_SECONDS = 60.0


class Crowd:
    """Accounts that were made through the gateway, and the next request of one of them."""

    def __init__(self, client: Client, simulator: Simulator, ledger: Ledger, mark: str) -> None:
        self._client = client
        self._simulator = simulator
        self._ledger = ledger
        self._mark = mark
        self._random = random.Random(mark)  # noqa: S311 - whose turn it is
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._names: list[str] = []
        self._cookies: dict[str, str] = {}
        self._kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
        self._make: dict[str, Callable[[int], Request]] = {
            "public": lambda _: page("public", "/public"),
            "person": lambda _: page("person", f"/{self._somebody()}"),
            "home": lambda _: page("home", "/", self._cookies[self._somebody()]),
            "messages": lambda _: self._simulator.messages(),
            "tweet": self._tweet,
            "post": self._post,
            "follow": self._follow,
            "register": self._register,
        }

    def gather(self) -> None:
        """Make the accounts; they sign in on the web and stay so."""
        for number in range(WRITERS):
            name = f"{self._mark}-{number}"
            self._insist(self._simulator.register(name))
            self._names.append(name)
            login = form("login", "/login", username=name, password=password(name))
            self._cookies[name] = self._insist(login)

    def following(self) -> Request:
        """The next request."""
        with self._lock:
            number = next(self._numbers)
            kind = self._random.choice(self._kinds)
            request = self._make[kind](number)
            keeps_alive = not request.is_impatient and self._random.random() < 0.5
        return replace(request, keeps_alive=keeps_alive)

    def _tweet(self, number: int) -> Request:
        name, text = self._somebody(), f"{self._mark} tweet {number}"
        request = self._simulator.tweet(name, text)
        return replace(request, acknowledged=lambda: self._ledger.wrote(name, text))

    def _post(self, number: int) -> Request:
        name, text = self._somebody(), f"{self._mark} post {number}"
        request = form("post", "/add_message", self._cookies[name], text=text)
        return replace(request, acknowledged=lambda: self._ledger.wrote(name, text))

    def _follow(self, _: int) -> Request:
        """Follow somebody, at times once more, which proves less, but is rare."""
        name, whom = self._somebody(), self._random.choice(self._ledger.people() or self._names)
        request = self._simulator.follow(name, whom)
        return replace(request, acknowledged=lambda: self._ledger.followed(name, whom))

    def _register(self, number: int) -> Request:
        name = f"{self._mark}-new-{number}"
        request = self._simulator.register(name)
        return replace(request, acknowledged=lambda: self._ledger.registered(name))

    def _somebody(self) -> str:
        return self._random.choice(self._names)

    def _insist(self, request: Request) -> str:
        """Repeat a request until it works, as nothing is measured yet; returns its cookies."""
        deadline, fault = time.monotonic() + PATIENCE_SECONDS, ""
        while time.monotonic() < deadline:
            try:
                answer = self._client.ask(request)
                fault = request.fault(answer.status, b"")
            except HTTPError as error:
                fault = type(error).__name__
            if not fault:
                cookies = answer.headers.getlist("Set-Cookie")
                return "; ".join(cookie.partition(";")[0] for cookie in cookies)
            time.sleep(0.5)
        raise Trouble(f"{request.kind} at {self._client.node} does not work: {fault}")
