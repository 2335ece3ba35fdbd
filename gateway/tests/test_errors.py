"""The gateway's own error pages, and those of services, which it leaves alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from gateway.tests.conftest import Gateway, replace, started

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
BROKEN = {"X-Behave": "close"}
STYLE = b"GET /static/errors/style.css HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway that waits for an answer for a tenth of a second."""

    def hurry(folder: Path) -> None:
        replace(folder / "proxy.conf", "proxy_read_timeout 10s;", "proxy_read_timeout 100ms;")

    with started(tmp_path, ["users", "web"], prepare=hurry) as made:
        yield made


def test_a_service_that_hangs_is_a_504_in_the_clients_form(hasty: Gateway) -> None:
    hang = {"X-Behave": "hang"}
    page = requests.post(hasty.url, headers={**BROWSER, **hang}, data="text=hello", timeout=20)
    assert (page.status_code, page.headers["Retry-After"]) == (504, "2")
    assert "It is not certain whether what you sent was saved" in page.text
    answer = requests.post(f"{hasty.url}/api/register", headers=hang, data="{}", timeout=20)
    assert (answer.status_code, answer.json()["status"]) == (504, 504)
    assert hasty.stubs["users"].calls == ["POST /api/register"]


def test_a_dead_service_is_a_page_that_says_so_and_shows_the_request_id(gateway: Gateway) -> None:
    answer = requests.get(gateway.url, headers={**BROWSER, **BROKEN}, timeout=20)
    assert answer.status_code == 502
    wanted = {
        "Content-Type": "text/html; charset=utf-8",
        "Retry-After": "2",
        "Cache-Control": "no-store",
    }
    assert {name: answer.headers[name] for name in wanted} == wanted
    for words in ("<title>Not available | MiniTwit</title>", answer.headers["X-Request-ID"]):
        assert words in answer.text


def test_a_page_needs_nothing_that_the_policy_forbids(gateway: Gateway) -> None:
    page = requests.get(gateway.url, headers={**BROWSER, **BROKEN}, timeout=20).text
    for forbidden in ("<!--", "style=", "<style", "<script", "//"):
        assert forbidden not in page


def test_a_dead_service_under_api_answers_in_the_simulators_form(gateway: Gateway) -> None:
    answer = requests.post(f"{gateway.url}/api/register", headers=BROKEN, data="{}", timeout=20)
    assert answer.status_code == 502
    assert answer.json()["status"] == 502
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Retry-After"] == "2"


def test_who_asks_for_json_gets_json(gateway: Gateway) -> None:
    answer = requests.get(f"{gateway.url}/v1", headers={"Accept": "application/json"}, timeout=20)
    assert answer.json()["status"] == 404


@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("path", ["/", "/api/msgs"])
def test_a_services_own_error_passes_unchanged(gateway: Gateway, path: str, status: int) -> None:
    wanted = {"X-Behave": f"status {status}"}
    answer = requests.post(gateway.url + path, headers=wanted, timeout=20)
    assert (answer.status_code, answer.text) == (status, "the service's own words")
    assert "Retry-After" not in answer.headers


def test_only_a_request_that_reached_nobody_is_said_to_be_unsaved(
    gateway: Gateway, lonely_gateway: Gateway
) -> None:
    sent = requests.post(gateway.url, headers=BROKEN, data="text=hello", timeout=20)
    assert "It is not certain whether what you sent was saved" in sent.text
    unsent = requests.post(lonely_gateway.url, data="text=hello", timeout=20)
    assert unsent.status_code == 502
    assert "Nothing was saved." in unsent.text


def test_the_error_page_for_a_get_says_nothing_about_saving(
    gateway: Gateway, lonely_gateway: Gateway
) -> None:
    for answer in (
        requests.get(gateway.url, headers=BROKEN, timeout=20),
        requests.get(lonely_gateway.url, timeout=20),
    ):
        assert answer.status_code == 502
        assert "Please try again in a moment." in answer.text
        assert "saved" not in answer.text


@pytest.mark.parametrize("path", ["/add_message", "/api/msgs/a"])
def test_a_body_that_is_too_large_is_413(gateway: Gateway, path: str) -> None:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1100000\r\n\r\n"
    )
    answer = gateway.raw(head.encode() + b"x" * 1_100_000)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert (b'"status":413' in answer) == path.startswith("/api")
    assert b"at most 1 MB" in answer


@pytest.mark.parametrize(
    ("request_", "status", "json"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, False),
        (b"GET /api/msgs HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, True),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, False),
        (b"GET /api/msgs/" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, True),
        (b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"a" * 9_000 + b"\r\n\r\n", 431, False),
        (b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400, False),
        (b"TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405, False),
        (STYLE + b"If-Match: x\r\nConnection: close\r\n\r\n", 412, False),
        (STYLE + b"Range: bytes=99999-\r\nConnection: close\r\n\r\n", 416, False),
        (b"A /api/msgs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405, True),
        (b"A" * 21 + b" / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405, False),
        (b"GET /api/msgs/\xc3\xa9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400, True),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400, False),
        (b"GET /?a=\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400, False),
    ],
)
def test_what_is_refused_here_gets_our_page(
    gateway: Gateway, request_: bytes, status: int, json: bool
) -> None:
    answer = gateway.raw(request_)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer
    assert (f'"status":{status}'.encode() in answer) == json
    assert (b"<h1>MiniTwit</h1>" in answer) != json
    assert b"X-Request-ID: " in answer


@pytest.mark.parametrize(
    ("request_", "json"),
    [
        (b"GET / HTTP/3.7\r\nHost: x\r\n\r\n", False),
        (b"GET /api/msgs HTTP/2.0\r\nHost: x\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", False),
        (b"POST /api/register HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", True),
    ],
)
def test_a_client_alone_causes_no_error_of_ours(
    gateway: Gateway, request_: bytes, json: bool
) -> None:
    before = len(gateway.lines())
    answer = gateway.raw(request_)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert (b'"status":400' in answer) == json
    assert b"The request could not be understood." in answer
    [line] = gateway.lines_after(before)
    assert (line["http.response.status_code"], line["log.level"]) == (400, "info")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/register", "OPTIONS, POST"),
        ("/api/register/?latest=1", "OPTIONS, POST"),
        ("/api/latest", "GET, HEAD, OPTIONS"),
        ("/api/msgs?no=1", "GET, HEAD, OPTIONS"),
        ("/api/msgs/ada", "GET, HEAD, OPTIONS, POST"),
        ("/api/fllws/ada", "GET, HEAD, OPTIONS, POST"),
        ("/public", "GET, HEAD, OPTIONS, POST"),
    ],
)
def test_a_refused_method_gets_a_list_of_the_allowed_ones(
    gateway: Gateway, path: str, allowed: str
) -> None:
    answer = requests.request("TRACE", gateway.url + path, timeout=20)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert "Allow" not in requests.get(f"{gateway.url}/v1", timeout=20).headers


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("HEAD /%s HTTP/1.1" % ("x" * 9_000), 414),
        ("HEAD /api/msgs/%s HTTP/1.1" % ("x" * 9_000), 414),
        ("HEAD /api/msgs HTTP/3.0", 400),
    ],
)
def test_a_head_request_refused_for_its_first_line_keeps_its_status(
    gateway: Gateway, line: str, status: int
) -> None:
    answer = gateway.raw(f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
