"""How often one address may send the forms that guess passwords."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from gateway.tests.conftest import Gateway, started
from infra.swarm.site import written

BURST = 20


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Gateway]:
    """As an operator has it who means it."""

    def enforce(folder: Path) -> None:
        (folder / "site.conf").write_text(written(["127.0.0.1"], is_secure=False, refuses=True))

    with started(tmp_path, prepare=enforce) as made:
        yield made


def sent(gateway: Gateway, path: str, count: int, address: str = "") -> list[requests.Response]:
    with requests.Session() as session:
        session.headers.update({"X-Forwarded-For": address} if address else {})
        return [session.post(gateway.url + path, data={"password": "x"}) for _ in range(count)]


@pytest.mark.parametrize(
    "path", ["/login", "/register", "/login/", "/register/", "/settings/password"]
)
def test_guesses_beyond_the_rate_are_told_and_nobody_is_refused(
    gateway: Gateway, path: str
) -> None:
    answers = sent(gateway, path, 2 * BURST + 2)
    assert {answer.status_code for answer in answers} == {200}
    last = gateway.line(answers[-1].headers["X-Request-ID"])
    assert last["minitwit.limit"] == "exceeded"


def test_an_operator_can_let_them_be_refused_with_a_page_that_says_so(strict: Gateway) -> None:
    answers = sent(strict, "/login", 2 * BURST + 2)
    assert [answer.status_code for answer in answers[: BURST + 1]] == [200] * (BURST + 1)
    refused = answers[-1]
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    assert "Too many requests came from your network" in refused.text
    assert "Back button brings back what you typed; passwords may have to be" in refused.text
    assert strict.line(refused.headers["X-Request-ID"])["minitwit.limit"] == "refused"
    assert strict.line(answers[0].headers["X-Request-ID"])["minitwit.limit"] == "passed"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("2001:db8:a:fffb:1:2:3:4", 429),
        ("2001:db8:a:fffb::", 429),
        ("2001:db8:a:fffb:a0a:a0a:a0a:a0a", 429),
        ("2001:db8:a:fffc:1:2:3:4", 200),
        ("2001:db8::1", 200),
        ("10.184.13.32", 200),
    ],
)
def test_who_has_a_whole_network_counts_once(strict: Gateway, address: str, status: int) -> None:
    """An IPv6 customer has 2^64 addresses at least, so the limit is for their common half."""
    sent(strict, "/login", 2 * BURST + 2, "2001:db8:a:fffb:a0a:b0a:c:d")
    (answer,) = sent(strict, "/login", 1, address)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("address", "status"),
    [("::ffff:192.0.2.1", 429), ("192.0.2.1", 429), ("::ffff:192.0.2.2", 200), ("::1", 200)],
)
def test_an_ipv4_address_written_as_ipv6_counts_for_itself(
    strict: Gateway, address: str, status: int
) -> None:
    """Some balancers write all of them so; one customer must not use up everybody's guesses."""
    sent(strict, "/login", 2 * BURST + 2, "::ffff:192.0.2.1")
    (answer,) = sent(strict, "/login", 1, address)
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/api/register", "/api/msgs/ada", "/add_message", "/ada/follow"])
def test_nothing_else_is_limited(strict: Gateway, path: str) -> None:
    answers = sent(strict, path, 2 * BURST + 2)
    assert {answer.status_code for answer in answers} == {200}
    assert strict.line(answers[-1].headers["X-Request-ID"])["minitwit.limit"] == "none"
