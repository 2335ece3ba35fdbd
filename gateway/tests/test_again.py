"""A request that reached no service is retried; one that may have taken effect is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from gateway.tests.conftest import Gateway, replace, started

ONCE = {"X-Behave": "close_once"}


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The first attempt of a registration reaches nobody, the second one reaches web."""

    def move(folder: Path) -> None:
        there = "location = /api/register { set $service users;"
        replace(folder / "routes.conf", there, there.replace("users", "web"))

    with started(tmp_path_factory.mktemp("changing"), ["web"], prepare=move) as made:
        yield made


def test_a_write_that_reached_nobody_is_retried_with_the_current_list(changing: Gateway) -> None:
    address, body = f"{changing.url}/api/register?latest=7&x=a%20b", b"x" * 5000
    answer = requests.post(address, data=body, timeout=20)
    assert answer.status_code == 200
    seen = answer.json()
    assert (seen["service"], seen["method"], seen["size"]) == ("web", "POST", 5000)
    assert seen["path"] == "/api/register?latest=7&x=a%20b"
    assert seen["headers"]["x-request-id"] == answer.headers["X-Request-ID"]
    line = changing.line(answer.headers["X-Request-ID"])
    assert line["http.response.status_code"] == 200


def test_a_read_that_was_broken_off_is_repeated(gateway: Gateway) -> None:
    before = len(gateway.stubs["web"].calls)
    assert requests.get(f"{gateway.url}/ada", headers=ONCE, timeout=20).status_code == 200
    assert gateway.stubs["web"].calls[before:] == ["GET /ada", "GET /ada"]


def test_a_write_that_was_broken_off_is_not_repeated(gateway: Gateway) -> None:
    before = len(gateway.stubs["users"].calls)
    answer = requests.post(f"{gateway.url}/api/register", headers=ONCE, data="{}", timeout=20)
    assert answer.status_code == 502
    assert gateway.stubs["users"].calls[before:] == ["POST /api/register"]


def test_a_service_that_stays_away_is_not_tried_for_ever(gateway: Gateway) -> None:
    before = len(gateway.stubs["web"].calls)
    broken = requests.get(f"{gateway.url}/bob", headers={"X-Behave": "close"}, timeout=20)
    assert broken.status_code == 502
    # Twice; nginx counts no try on a connection that it had kept and found closed.
    assert 2 <= gateway.stubs["web"].calls[before:].count("GET /bob") <= 4
