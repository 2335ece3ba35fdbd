"""A running system with a world in it, and the people in it who are asked for."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any
from urllib.parse import urlencode

from dev.bench.routes import Cast, raw
from dev.postgres import connect
from dev.started import started
from dev.system import database_url, owner_urls
from dev.trouble import Trouble
from dev.world import size
from dev.world.loading import PASSWORD, load
from dev.world.people import PROBES
from dev.world.schema import Schema
from dev.world.size import Size

FOLDER = Path(".bench")
MOST_NAMES, PACES = 200, 11
FULL, FULL_PAGE = 100, 30


@dataclass(frozen=True)
class Scene:
    """`roots` are the pids of the system's parts."""

    port: int
    roots: dict[str, int]
    system: dict[str, Any]
    cast: Cast

    def ask(self, request: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of the answer to one raw request."""
        return ask(self.port, request)

    def url_of(self, role: str) -> str:
        return database_url(self.system, role)


@contextmanager
def scene(name: str) -> Iterator[Scene]:
    """Run the system on the world of the size `name`, loaded unless an earlier run has done so.

    It is freshly started in any case: preparing a world fills Postgres's shared buffers.
    """
    names = _prepared(FOLDER / name, size.named(name))
    with started(FOLDER / name) as system:
        roots = {part: process["pid"] for part, process in system["processes"].items()}
        yield Scene(system["port"], roots, system, _cast(system["port"], names))


def _prepared(folder: Path, wanted: Size) -> dict[str, Any]:
    """Prepare a world; returns the names of people in it, by what they are asked for.

    Messages of an earlier run are deleted: a world whose newest messages are all of a few authors
    is not the same.
    """
    with _filled(folder, wanted) as system:
        with closing(Schema(owner_urls(system)["messages"])) as messages:
            messages.cut("messages.messages", wanted.messages)
        return _kept(folder / "cast.json", system)


@contextmanager
def _filled(folder: Path, wanted: Size) -> Iterator[dict[str, Any]]:
    """Run the system on a world, loaded unless there is one; an interrupted load is discarded."""
    with started(folder) as system:
        if _is_filled(system):
            yield system
            return
    rmtree(folder)
    with started(folder) as system:
        load(wanted, 1, owner_urls(system))
        yield system


def _is_filled(system: dict[str, Any]) -> bool:
    """Whether a world was loaded: messages are loaded last, all at once."""
    with closing(Schema(owner_urls(system)["messages"])) as messages:
        return messages.has_rows("messages.messages")


def _kept(file: Path, system: dict[str, Any]) -> dict[str, Any]:
    """The names, kept with their world: among ten million messages, to find them takes a while."""
    if not file.exists():
        file.write_text(json.dumps(_names(system)))
    names: dict[str, Any] = json.loads(file.read_text())
    return names


def _cast(port: int, names: dict[str, Any]) -> Cast:
    pairs = [(a, b) for a, b in names["pairs"]]
    cookies = {probe: sign_in(port, probe) for probe in PROBES}
    return Cast(names["authors"], names["talkers"], names["followers"], pairs, cookies)


def _names(system: dict[str, Any]) -> dict[str, list[Any]]:
    authors, talkers = (
        _column(
            database_url(system, "messages_service"),
            f"""SELECT author_name FROM messages.messages WHERE NOT flagged
                GROUP BY author_name HAVING count(*) >= {least} ORDER BY 1 LIMIT {MOST_NAMES}""",
        )
        for least in (FULL, FULL_PAGE)
    )
    followers_url = database_url(system, "followers_service")
    followers = _column(
        followers_url,
        f"""SELECT follower_name FROM followers.follows
            GROUP BY follower_name HAVING count(*) BETWEEN {FULL} AND {3 * FULL}
            ORDER BY 1 LIMIT {MOST_NAMES}""",
    )
    people = _column(
        database_url(system, "users_service"), "SELECT name FROM users.accounts ORDER BY id"
    )
    people = people[len(PROBES) :][:MOST_NAMES]
    pairs = [
        (one, people[(place + step) % len(people)])
        for step in range(1, PACES)
        for place, one in enumerate(people)
    ]
    return {"authors": authors, "talkers": talkers, "followers": followers, "pairs": pairs}


def _column(url: str, query: str) -> list[str]:
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return [value for (value,) in cursor]


def sign_in(port: int, name: str) -> str:
    """The cookie of a new session."""
    form = urlencode({"username": name, "password": PASSWORD}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, headers = ask(port, raw("POST", "/login", kind, form))
    if status != 302:
        raise Trouble(f"{name} can't sign in: status {status}")
    cookie = headers["set-cookie"].partition(";")[0]
    # The next page shows "You were logged in"; the cookie that it sets no longer holds that.
    _, _, headers = ask(port, raw("GET", "/", {"Cookie": cookie}))
    return headers.get("set-cookie", cookie).partition(";")[0]


def ask(port: int, request: bytes) -> tuple[int, bytes, dict[str, str]]:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as sock:
        sock.sendall(request)
        with http.client.HTTPResponse(sock) as answer:
            answer.begin()
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, answer.read(), headers
