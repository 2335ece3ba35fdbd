"""What leads where, and what leads nowhere."""

from urllib.parse import quote

import pytest
import requests

from gateway.tests.conftest import Gateway

ROUTES = {
    "/api/register": "users",
    "/api/register/": "users",
    "/api/msgs": "messages",
    "/api/msgs/": "messages",
    "/api/msgs/Roger": "messages",
    "/api/msgs/Roger/": "messages",
    "/api/fllws/Roger": "followers",
    "/api/fllws/Roger/": "followers",
    "/api/latest": "web",
    "/api/latest/": "web",
    "/": "web",
    "/public": "web",
    "/metricsfan": "web",
    "/versions": "web",
    "/static/style.css": "web",
    "/Roger/follow": "web",
    "/errors/follow": "web",
}
CLOSED = [
    "/metrics", "/metrics/", "/healthz", "/readyz", "/version", "/v1/users", "/v1", "/v1/",
    "/simulator/latest", "/%6detrics", "//metrics", "/%2Fmetrics", "/public/../metrics",
    "/public/%2e%2e/v1/users", "/api/msgs/..%2f..%2fv1/users", "/metrics%2F",
    "/static/errors/page.html", "/static/errors/page.json",
]  # fmt: skip


@pytest.mark.parametrize(("path", "service"), ROUTES.items())
def test_each_route_leads_to_its_service_without_a_redirect(
    gateway: Gateway, path: str, service: str
) -> None:
    answer = requests.get(gateway.url + path, allow_redirects=False, timeout=20)
    assert (answer.status_code, answer.json()["service"]) == (200, service)
    assert answer.json()["path"] == path


@pytest.mark.parametrize("path", CLOSED)
def test_what_is_inside_answers_404_however_it_is_spelled(gateway: Gateway, path: str) -> None:
    before = [list(stub.calls) for stub in gateway.stubs.values()]
    answer = gateway.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 "), answer
    assert [stub.calls for stub in gateway.stubs.values()] == before


# What begins like a letter, overlong forms, half a surrogate pair, and beyond the last letter.
@pytest.mark.parametrize(
    "octets",
    ["%FF", "%C3", "a%C3b", "%80", "%C0%AF", "%E0%80%AF", "%ED%A0%80", "%F4%90%80%80", "%C3%A9%E2"],
)
@pytest.mark.parametrize("path", ["/", "/api/msgs/", "/api/fllws/"])
def test_a_path_that_is_not_utf_8_is_404(gateway: Gateway, path: str, octets: str) -> None:
    answer = requests.get(gateway.url + path + octets, timeout=20)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/json") == ("api" in path)


@pytest.mark.parametrize(
    "name",
    ["\x80", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff"],
)
def test_all_letters_reach_the_service(gateway: Gateway, name: str) -> None:
    path = f"/api/msgs/{quote(name)}"
    answer = requests.get(gateway.url + path, timeout=20)
    assert (answer.status_code, answer.json()["path"]) == (200, path)


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", "/api/fllws", "/api/latest/more"]
)
def test_an_unknown_address_under_api_is_a_404_in_the_simulators_form(
    gateway: Gateway, path: str
) -> None:
    answer = requests.get(gateway.url + path, headers={"Accept": "text/html"}, timeout=20)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"status": 404, "error_msg": "There is nothing at this address."}


@pytest.mark.parametrize(
    "path", ["/api/msgs/J%C3%B8rgen%20%26%20S%2FN%3F", "/a%25b", "/a%20b/follow?x=%20+y"]
)
def test_a_path_arrives_percent_encoded_as_it_was_sent(gateway: Gateway, path: str) -> None:
    assert requests.get(gateway.url + path, timeout=20).json()["path"] == path


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_methods_and_bodies_pass(gateway: Gateway, method: str) -> None:
    answer = requests.request(method, f"{gateway.url}/api/msgs/a", data=b"x" * 60_000, timeout=20)
    assert answer.json()["method"] == method
    assert answer.json()["size"] == 60_000


def test_a_client_of_http_1_0_without_a_host_is_answered(gateway: Gateway) -> None:
    answer = gateway.raw(b"GET /public HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"host": "localhost"' in answer


def test_the_gateways_error_pages_hide_no_persons_page(gateway: Gateway) -> None:
    """Nobody's name is taken away by where the error pages lie."""
    answer = requests.get(f"{gateway.url}/errors/follow", timeout=20)
    assert answer.json()["service"] == "web"


def test_the_gateways_own_pages_are_styled_without_web(gateway: Gateway) -> None:
    """A browser that is shown one asks for nothing that web would have to answer."""
    answer = requests.get(f"{gateway.url}/static/errors/style.css", timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/css")
    assert "--paper" in answer.text
