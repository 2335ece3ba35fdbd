"""A load balancer is believed about who called and by which scheme; nobody else is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from gateway.tests.conftest import Gateway, started
from gateway.tests.stub import Stub
from infra.swarm.proxies import trusted

CLAIMS = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def balanced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Where this machine is the load balancer."""
    web = Stub("web")

    def trust(folder: Path) -> None:
        (folder / "trusted.conf").write_text(trusted(["127.0.0.1", "10.0.0.0/24"]))

    with started(tmp_path_factory.mktemp("balanced"), {"web": web}, prepare=trust) as made:
        yield made
    web.close()


def seen(gateway: Gateway, claims: dict[str, str]) -> tuple[str, str, str]:
    """Address and scheme as web hears them, and the address in the log."""
    answer = requests.get(f"{gateway.url}/public", headers=claims, timeout=20)
    headers, line = answer.json()["headers"], gateway.line(answer.headers["X-Request-ID"])
    return headers["x-forwarded-for"], headers["x-forwarded-proto"], line["client.ip"]


def test_a_load_balancers_word_counts(balanced: Gateway) -> None:
    assert seen(balanced, CLAIMS) == ("198.51.100.7", "https", "198.51.100.7")


def test_a_load_balancer_that_says_nothing_is_taken_as_it_comes(balanced: Gateway) -> None:
    assert seen(balanced, {}) == ("127.0.0.1", "http", "127.0.0.1")


def test_nobody_else_is_believed(gateway: Gateway) -> None:
    assert seen(gateway, CLAIMS) == ("127.0.0.1", "http", "127.0.0.1")


def test_who_came_over_tls_is_asked_to_stay_there(balanced: Gateway, gateway: Gateway) -> None:
    name = "Strict-Transport-Security"
    assert (
        requests.get(balanced.url, headers=CLAIMS, timeout=20).headers[name] == "max-age=31536000"
    )
    assert name not in requests.get(gateway.url, headers=CLAIMS, timeout=20).headers


def test_without_load_balancers_the_file_is_the_images() -> None:
    assert trusted([]) == (Path(__file__).parents[1] / "trusted.conf").read_text()
