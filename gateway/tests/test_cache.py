"""The anonymous public timeline is cached for the rest of the second; nothing else is cached."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from gateway.tests.conftest import Gateway, replace, started
from tests.system import eventually

PAGE = {"X-Behave": "page"}
SESSIONS = ("minitwit=x", "__Host-minitwit=x", "a=b; minitwit=x", "minitwit =x", "MINITWIT=x")
# A test asks a few times at once; all could fall into different seconds, but not often.
ASKS = 3
FEW = 50


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway that nobody has asked yet."""
    with started(tmp_path, ["web"]) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway with an empty cache that takes any further request for one of a crowd.

    It has one worker, whose clock was set after the request that it reads had been sent.
    """

    def hurry(folder: Path) -> None:
        replace(folder / "cache.conf", "rate=20r/s", "rate=1r/m")
        replace(folder / "nginx.conf", "worker_processes auto", "worker_processes 1")

    with started(tmp_path, ["web"], prepare=hurry) as made:
        for _ in range(FEW + 1):
            get(made, **{"X-Behave": "echo"})
        yield made


def get(gateway: Gateway, path: str = "/public", **headers: str) -> requests.Response:
    return requests.get(gateway.url + path, headers={**PAGE, **headers}, timeout=20)


def made_at(page: requests.Response) -> float:
    """The clock when web made it."""
    return float(page.text.split(" ")[1])


def twice(gateway: Gateway, **headers: str) -> tuple[requests.Response, requests.Response]:
    """Two answers, the second of which came from the cache."""

    def ask() -> tuple[requests.Response, requests.Response] | None:
        first, second = get(gateway, **headers), get(gateway, **headers)
        return (first, second) if first.content == second.content else None

    found = eventually(ask)
    assert found is not None
    return found


def calls_for(gateway: Gateway, path: str = "/public", **headers: str) -> int:
    before = len(gateway.stubs["web"].calls)
    for _ in range(ASKS):
        get(gateway, path, **headers)
    return len(gateway.stubs["web"].calls) - before


def test_at_a_low_rate_every_request_gets_a_fresh_page(quiet: Gateway) -> None:
    for _ in range(FEW):
        get(quiet)
    assert len(quiet.stubs["web"].calls) == FEW
    answer = get(quiet)
    line = quiet.line(answer.headers["X-Request-ID"])
    assert (line["minitwit.cache"], line["minitwit.limit"]) == ("bypass", "none")


def test_a_head_request_reaches_web_as_head(quiet: Gateway) -> None:
    """Else web would think that what is told once had been seen."""
    requests.head(quiet.url + "/public", headers=PAGE, timeout=20)
    assert quiet.stubs["web"].calls == ["HEAD /public"]


def test_who_asks_in_the_same_second_shares_a_page(fresh: Gateway) -> None:
    first, second = twice(fresh)
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    for answer in (first, second):
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "X-Accel-Expires" not in answer.headers


def test_no_page_is_older_than_a_second(fresh: Gateway) -> None:
    pages: Counter[float] = Counter()
    while len(pages) < 3 or max(pages.values()) == 1:
        asked = time.time()
        made = made_at(get(fresh))
        assert asked - made < 1
        pages[made] += 1


@pytest.mark.parametrize("cookie", SESSIONS)
def test_a_request_with_a_session_neither_reads_nor_fills_the_cache(
    fresh: Gateway, cookie: str
) -> None:
    get(fresh)
    assert calls_for(fresh, Cookie=cookie) == ASKS
    mine = get(fresh, Cookie=cookie).text
    assert all(get(fresh).text != mine for _ in range(ASKS))


def test_other_cookies_make_no_difference(fresh: Gateway) -> None:
    def shared() -> bool:
        return get(fresh, Cookie="a=b").text == get(fresh, Cookie="c=d").text

    eventually(shared)


@pytest.mark.parametrize("wish", [{"Cache-Control": "no-cache"}, {"Pragma": "no-cache"}])
def test_who_reloads_gets_a_fresh_page(fresh: Gateway, wish: dict[str, str]) -> None:
    get(fresh)
    assert calls_for(fresh, **wish) == ASKS


@pytest.mark.parametrize("path", ["/public?before=5", "/", "/Roger", "/public/"])
def test_nothing_else_is_kept(fresh: Gateway, path: str) -> None:
    assert calls_for(fresh, path) == ASKS


@pytest.mark.parametrize("behaviour", ["page a=b", "large 500", "status 500", "status 302"])
def test_what_web_did_not_mark_as_cacheable_is_not_cached(fresh: Gateway, behaviour: str) -> None:
    assert calls_for(fresh, **{"X-Behave": behaviour}) == ASKS


def test_a_kept_page_is_compressed_for_those_who_can_read_it(fresh: Gateway) -> None:
    def both() -> bool:
        packed = get(fresh, **{"Accept-Encoding": "gzip"})
        plain = get(fresh, **{"Accept-Encoding": "identity"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        return packed.text == plain.text

    eventually(both)


def test_the_log_tells_what_was_kept(fresh: Gateway) -> None:
    _, second = twice(fresh)
    line = fresh.line(second.headers["X-Request-ID"])
    assert (line["minitwit.cache"], line["minitwit.upstream_ms"]) == ("hit", None)
    own = get(fresh, Cookie="minitwit=x")
    assert fresh.line(own.headers["X-Request-ID"])["minitwit.cache"] == "bypass"
    other = get(fresh, "/")
    assert fresh.line(other.headers["X-Request-ID"])["minitwit.cache"] == "none"


def test_without_web_there_is_an_error_within_a_second(fresh: Gateway) -> None:
    get(fresh)
    asked = time.time()
    while (answer := get(fresh, **{"X-Behave": "close"})).status_code != 502:
        assert asked - made_at(answer) < 1
        asked = time.time()
