"""A smoke test through the gateway: register, post, follow, read the timeline, delete.

It acts as both kinds of user do, and leaves two accounts behind, which follow nobody.
URL is the gateway's address, as seen from where this runs.
"""

import re
import sys
import time
from collections.abc import Callable
from secrets import token_hex

import requests

from infra.swarm import remembered
from infra.swarm.docker import exit_status, say
from infra.swarm.settings import read
from infra.trouble import Trouble

SECONDS = 10
START_SECONDS = 15.0


def session() -> requests.Session:
    """A session with its own cookies, which ignores any proxy that the environment names."""
    made = requests.Session()
    made.trust_env = False
    return made


class Visitor:
    """A browser with its cookies; every request must lead to a page (200)."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.name, self.password = url, name, token_hex(12)
        self.http = session()

    def go(self, method: str, path: str, form: dict[str, str] | None = None) -> str:
        answer = self.http.request(method, self.url + path, data=form, timeout=SECONDS)
        if answer.status_code != 200:
            identity = answer.headers.get("X-Request-ID", "none")
            reason = f"{answer.status_code} instead of 200 (request {identity})"
            raise Trouble(f"Smoke test: {method} {path} gave {reason}.")
        return answer.text

    def join(self) -> None:
        name, password = self.name, self.password
        email = f"{name}@example.org"
        form = {"username": name, "email": email, "password": password, "password2": password}
        self.go("POST", "/register", form=form)
        self.go("POST", "/login", form={"username": name, "password": password})


def main() -> None:
    # The stack knows its address; a caller who gives one needs no engine.
    settings = read()
    is_said = settings.variables.keys() & {"URL", "GATEWAY_PORT"}
    main_at(settings.url if is_said else remembered.recall(settings).url)


def main_at(url: str) -> None:
    """Run the smoke test, and print a line that says it passed."""
    started = time.monotonic()
    test(url)
    say(f"  smoke test at {url}: good, {time.monotonic() - started:.1f} s")


def test(url: str) -> None:
    """Run the smoke test; Trouble at the first thing that does not work."""
    mark, nobody = token_hex(5), session()
    author, reader = (Visitor(url, f"smoke-{kind}-{mark}") for kind in ("author", "reader"))
    try:
        _await_gateway(nobody, url)
        author.join()
        reader.join()
        _simulate(nobody, url, author.name)
        text = f"smoke test {mark}"
        author.go("POST", "/add_message", form={"text": text})
        _expect(lambda: reader.go("GET", "/public"), text, "the public timeline")
        reader.go("POST", f"/{author.name}/follow")
        _expect(lambda: reader.go("GET", "/"), text, "the follower's timeline")
        own = author.go("GET", f"/{author.name}")
        forms = set(re.findall(r'action="(/messages/\d+/delete)"', own))
        if not forms:
            raise Trouble("Smoke test: the author's page has no form to delete the message.")
        for path in forms:
            author.go("POST", path)
        reader.go("POST", f"/{author.name}/unfollow")
    except requests.RequestException as error:
        raise Trouble(f"Smoke test: {url} does not answer ({type(error).__name__}).") from None


def _simulate(http: requests.Session, url: str, name: str) -> None:
    """Make those requests of the simulator's that need no credentials of this stack's own."""
    answer = http.get(f"{url}/api/latest", timeout=SECONDS)
    if answer.status_code != 200 or not re.search(r'"latest": *-?\d', answer.text):
        raise Trouble(f"Smoke test: GET /api/latest gave {answer.status_code} {answer.text[:200]}")
    answer = http.get(f"{url}/api/msgs/{name}", timeout=SECONDS)
    if answer.status_code != 403:
        raise Trouble(f"Smoke test: messages without credentials gave {answer.status_code}.")


def _await_gateway(http: requests.Session, url: str) -> None:
    """Wait for the gateway, which looks for new services every two seconds, and nothing else."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if http.get(f"{url}/public", timeout=SECONDS).status_code == 200:
                return
            reason: Exception = Trouble("Smoke test: the public timeline does not come up.")
        except (requests.ConnectionError, requests.Timeout) as error:
            reason = error
        if time.monotonic() > deadline:
            raise reason
        time.sleep(0.5)


def _expect(page: Callable[[], str], text: str, where: str) -> None:
    if text not in page():
        raise Trouble(f"Smoke test: a new message is missing from {where}.")


if __name__ == "__main__":
    sys.exit(exit_status(main))
