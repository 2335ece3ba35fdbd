"""A load balancer is believed about who called and by which scheme; nobody else is.

Behind one that speaks TLS, people who come without are sent on, and the simulator is not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from gateway.tests.conftest import Gateway, started
from infra.swarm.site import written

CLAIMS = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def balanced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Where this machine is the load balancer."""
    with behind(tmp_path_factory.mktemp("balanced"), is_secure=False) as made:
        yield made


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Where this machine is a load balancer that speaks TLS."""
    with behind(tmp_path_factory.mktemp("secure"), is_secure=True) as made:
        yield made


@contextmanager
def behind(folder: Path, *, is_secure: bool) -> Iterator[Gateway]:
    proxies = ["127.0.0.1", "10.0.0.0/24"]

    def tell(folder: Path) -> None:
        (folder / "site.conf").write_text(written(proxies, is_secure=is_secure, refuses=False))

    with started(folder, ["web", "messages"], prepare=tell) as made:
        yield made


def seen(gateway: Gateway, claims: dict[str, str]) -> tuple[str, str, str]:
    """Address and scheme as web hears them, and the address in the log."""
    answer = requests.get(f"{gateway.url}/public", headers=claims, timeout=20)
    headers, line = answer.json()["headers"], gateway.line(answer.headers["X-Request-ID"])
    return headers["x-forwarded-for"], headers["x-forwarded-proto"], line["client.ip"]


def test_a_load_balancers_word_counts(balanced: Gateway) -> None:
    assert seen(balanced, CLAIMS) == ("198.51.100.7", "https", "198.51.100.7")


def test_a_load_balancer_that_sends_no_headers_is_itself_the_client(balanced: Gateway) -> None:
    assert seen(balanced, {}) == ("127.0.0.1", "http", "127.0.0.1")


def test_nobody_else_is_believed(gateway: Gateway) -> None:
    assert seen(gateway, CLAIMS) == ("127.0.0.1", "http", "127.0.0.1")


def test_hsts_is_sent_over_tls_only(balanced: Gateway, gateway: Gateway) -> None:
    name = "Strict-Transport-Security"
    assert (
        requests.get(balanced.url, headers=CLAIMS, timeout=20).headers[name] == "max-age=31536000"
    )
    assert name not in requests.get(gateway.url, headers=CLAIMS, timeout=20).headers


def asked(gateway: Gateway, path: str, scheme: str) -> requests.Response:
    headers = {"Host": "minitwit.example", **({"X-Forwarded-Proto": scheme} if scheme else {})}
    return requests.post(f"{gateway.url}{path}", headers=headers, timeout=20, allow_redirects=False)


@pytest.mark.parametrize("path", ["/login", "/public?before=3", "/a%2Fb/follow", "/apiary"])
def test_a_secure_site_redirects_plain_http_to_https(secure: Gateway, path: str) -> None:
    """308 sends the form again over TLS; over HTTP the browser would drop the Secure cookie."""
    answer = asked(secure, path, "http")
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"https://minitwit.example{path}"


@pytest.mark.parametrize(
    ("path", "scheme"), [("/api/msgs", "http"), ("/login", "https"), ("/public", "")]
)
def test_the_simulator_and_the_balancer_are_not_redirected(
    secure: Gateway, path: str, scheme: str
) -> None:
    """The balancer checks whether there is a page, and sends no header about the scheme."""
    assert asked(secure, path, scheme).status_code == 200


def test_a_request_refused_unread_gets_a_json_error_under_api(secure: Gateway) -> None:
    headers = {"X-Forwarded-Proto": "http", "X-Long": "x" * 9_000}
    answer = requests.get(f"{secure.url}/api/msgs", headers=headers, timeout=20)
    assert (answer.status_code, answer.json()["status"]) == (431, 431)


def test_where_there_is_no_tls_nobody_is_sent_on(balanced: Gateway, gateway: Gateway) -> None:
    assert asked(balanced, "/login", "http").status_code == 200
    assert asked(gateway, "/login", "http").status_code == 200


def test_without_settings_site_conf_is_the_one_in_the_image() -> None:
    default = (Path(__file__).parents[1] / "site.conf").read_text()
    assert written([], is_secure=False, refuses=False) == default
