"""The routes that are measured: for each the raw requests that are sent, over and over."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Any
from urllib.parse import quote

from dev.simulator import words
from dev.simulator.wire import CREDENTIALS
from dev.world.people import PROBES

_BASIC = b64encode(CREDENTIALS.encode()).decode()
_SIMULATOR = {"Authorization": f"Basic {_BASIC}", "Content-Type": "application/json"}
_numbers = count(1)


@dataclass(frozen=True)
class Route:
    """`part` serves it."""

    name: str
    title: str
    part: str
    requests: Sequence[bytes]
    status: int


@dataclass(frozen=True)
class Cast:
    """Who is asked for.

    `authors` have enough messages for the simulator, `talkers` for a page; `followers` follow
    enough people; `pairs` don't follow each other.
    """

    authors: Sequence[str]
    talkers: Sequence[str]
    followers: Sequence[str]
    pairs: Sequence[tuple[str, str]]
    cookies: Mapping[str, str]


# For what does not depend on who is asked for.
ANYBODY = Cast(["x"], ["x"], ["x"], [("x", "x")], dict.fromkeys(PROBES, ""))
LISTS = ("authors", "talkers", "followers")


def evened(casts: Mapping[str, Cast]) -> dict[str, Cast]:
    """As many people in each world as in the smallest: the fewer there are, the more is cached."""
    least = {name: min(len(getattr(each, name)) for each in casts.values()) for name in LISTS}
    return {size: _first(each, least) for size, each in casts.items()}


def _first(cast: Cast, least: Mapping[str, int]) -> Cast:
    first: dict[str, Any] = {name: getattr(cast, name)[: least[name]] for name in LISTS}
    return replace(cast, **first)


def raw(
    method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body)}"] if method == "POST" else []
    return "\r\n".join([*lines, "\r\n"]).encode() + body


def known(cast: Cast) -> Iterator[Route]:
    """All of them, the reads first."""
    yield from _reads(cast)
    yield from _pages(cast)
    yield from _writes(cast)
    yield mix(cast)


def _reads(cast: Cast) -> Iterator[Route]:
    def get(path: str) -> bytes:
        return raw("GET", path, _SIMULATOR)

    everybody = [get("/api/msgs")]
    yield Route("msgs", "GET /api/msgs", "messages", everybody, 200)
    of_one = [get(f"/api/msgs/{quote(name)}") for name in cast.authors]
    yield Route("msgs-name", "GET /api/msgs/{name}", "messages", of_one, 200)
    followees = [get(f"/api/fllws/{quote(name)}") for name in cast.followers]
    yield Route("fllws-name", "GET /api/fllws/{name}", "followers", followees, 200)
    yield Route("latest", "GET /api/latest", "web", [get("/api/latest")], 200)


def _pages(cast: Cast) -> Iterator[Route]:
    def page(path: str, probe: str | None = None) -> bytes:
        return raw("GET", path, {"Cookie": cast.cookies[probe]} if probe else {})

    user = [page(f"/{quote(name)}") for name in cast.talkers]
    signed_in = [page(f"/{quote(name)}", "Follows 200") for name in cast.talkers]
    yield Route("public", "Public page, anonymous", "web", [page("/public")], 200)
    mine = [page("/public", "Follows 200")]
    yield Route("public-signed-in", "Public page, signed in", "web", mine, 200)
    yield Route("user", "User page, anonymous", "web", user, 200)
    yield Route("user-signed-in", "User page, signed in", "web", signed_in, 200)
    for probe in cast.cookies:
        title = f"Home, {probe.lower()}"
        yield Route(f"home-{probe.split(' ')[1].lower()}", title, "web", [page("/", probe)], 200)


def _writes(cast: Cast) -> Iterator[Route]:
    rng = Random(1)
    tweets = [tweet(name, words.text(rng)) for name in cast.authors for _ in range(4)]
    yield Route("tweet", "POST /api/msgs/{name}", "messages", tweets, 204)
    changes = [change(a, verb, b) for verb in ("follow", "unfollow") for a, b in cast.pairs]
    yield Route("follow", "POST /api/fllws/{name}", "followers", changes, 204)
    share = {
        "Cookie": cast.cookies["Follows Nobody"],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    form = [raw("POST", "/add_message", share, b"text=A+text+of+usual+length,+some+fifty+letters.")]
    yield Route("share", "POST /add_message", "web", form, 302)


def tweet(name: str, text: str, headers: Mapping[str, str] | None = None) -> bytes:
    return _write(f"msgs/{quote(name)}", {"content": text}, headers)


def change(name: str, verb: str, target: str, headers: Mapping[str, str] | None = None) -> bytes:
    return _write(f"fllws/{quote(name)}", {verb: target}, headers)


def _write(path: str, body: Mapping[str, str], headers: Mapping[str, str] | None) -> bytes:
    path = f"/api/{path}?latest={next(_numbers)}"
    return raw("POST", path, {**_SIMULATOR, **(headers or {})}, json.dumps(body).encode())


def mix(cast: Cast) -> Route:
    """The simulator's mix without registers, with a connection of its own for each request."""
    rng = Random(2)
    closing = {"Connection": "close"}
    kinds = rng.choices(("tweet", "follow", "unfollow"), weights=(11_306, 9_751, 4_665), k=4_000)
    requests = []
    for kind, (name, target) in zip(kinds, rng.choices(cast.pairs, k=len(kinds)), strict=True):
        if kind == "tweet":
            requests.append(tweet(name, words.text(rng), closing))
        else:
            requests.append(change(name, kind, target, closing))
    return Route("mix", "The simulator's mix", "messages", requests, 204)
