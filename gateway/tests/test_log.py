"""The access log: one line per request, valid JSON with valid numbers in every case."""

import re
import socket
import struct

import pytest
import requests

from gateway.tests.conftest import Gateway

NUMBERS = ("http.response.status_code", "http.response.body.bytes", "event.duration")
REQUESTS = {
    "a page": b"GET /public?q=secret HTTP/1.1\r\nHost: x\r\n",
    "no version": b"GET /public\r\n",
    "nonsense": b"\x16\x03\x01\x02\x00\xff\xfe nonsense\r\n",
    "quotes": b'GET /"a\\b" HTTP/1.1\r\nHost: x\r\nUser-Agent: "q\\\x01\r\n',
    "path not UTF-8": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n",
    "agent not UTF-8": b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: caf\xe9\r\n",
    "agent UTF-8": "GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: café 😀\r\n".encode(),
    "dead service": b"GET / HTTP/1.1\r\nHost: x\r\nX-Behave: close\r\n",
    "gateway's own": b"GET /metrics HTTP/1.1\r\nHost: x\r\n",
    "bad length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n",
    "odd and dead": b'GET /"\xff\\ HTTP/1.1\r\nHost: \xff\r\nX-Behave: close\r\n',
}


@pytest.mark.parametrize("case", REQUESTS)
def test_every_line_is_valid_json_with_valid_numbers(gateway: Gateway, case: str) -> None:
    before = len(gateway.lines())
    gateway.raw(REQUESTS[case] + b"Connection: close\r\n\r\n")
    for line in gateway.lines_after(before):
        assert all(type(line[name]) is int for name in NUMBERS), line
        assert line["minitwit.upstream_ms"] is None or type(line["minitwit.upstream_ms"]) is int


@pytest.mark.parametrize(
    ("seconds", "nanoseconds"),
    [
        ("0.000", 0),
        ("0.001", 1_000_000),
        ("0.010", 10_000_000),
        ("0.012", 12_000_000),
        ("0.100", 100_000_000),
        ("0.123", 123_000_000),
        ("1.000", 1_000_000_000),
        ("1.234", 1_234_000_000),
        ("10.005", 10_005_000_000),
        ("-", 0),
        ("", 0),
    ],
)
def test_seconds_become_whole_nanoseconds(maps: Gateway, seconds: str, nanoseconds: int) -> None:
    assert logged(maps, request_time=seconds)[0] == str(nanoseconds)


@pytest.mark.parametrize(
    ("printed", "milliseconds"),
    [
        ("", "null"),
        ("-", "null"),
        ("0.000", "0"),
        ("0.007", "7"),
        ("0.040", "40"),
        ("0.300", "300"),
        ("12.003", "12003"),
        ("0.000, 0.015", "15"),
        ("0.200, 0.000", "0"),
        ("0.001 : 1.020", "1020"),
        ("0.001, -", "null"),
    ],
)
def test_of_several_attempts_the_last_is_logged(
    maps: Gateway, printed: str, milliseconds: str
) -> None:
    assert logged(maps, upstream_response_time=printed)[1] == milliseconds


@pytest.mark.parametrize(
    ("printed", "status"), [("204", "204"), ("000", "0"), ("009", "0"), ("", "0"), ("502", "502")]
)
def test_a_status_that_is_no_number_is_0(maps: Gateway, printed: str, status: str) -> None:
    assert logged(maps, status=printed)[2] == status


@pytest.mark.parametrize(
    ("protocol", "version"),
    [("HTTP/1.0", "1.0"), ("HTTP/1.1", "1.1"), ("HTTP/2.0", "2.0"), ("", "")],
)
def test_the_version_of_http_is_logged_alone(maps: Gateway, protocol: str, version: str) -> None:
    assert logged(maps, server_protocol=protocol)[3] == f"{version}."


def logged(maps: Gateway, **values: str) -> list[str]:
    """Nanoseconds, upstream's milliseconds, status and HTTP version as the log would have them."""
    headers = {f"X-{name.replace('_', '-')}": value for name, value in values.items()}
    return requests.get(f"{maps.url}/maps", headers=headers, timeout=20).text.split(" ")


def test_a_line_tells_what_operators_search_for(gateway: Gateway) -> None:
    answer = requests.get(f"{gateway.url}/api/msgs/J%C3%B8?latest=5&pwd=secret", timeout=20)
    line = gateway.line(answer.headers["X-Request-ID"])
    wanted = {
        "http.request.method": "GET",
        "url.path": "/api/msgs/J%C3%B8",
        "http.response.status_code": 200,
        "minitwit.upstream": "messages",
        "client.ip": "127.0.0.1",
        "http.version": "1.1",
        "service.name": "gateway",
        "event.dataset": "gateway.access",
    }
    assert {name: line[name] for name in wanted} == wanted
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", line["@timestamp"])
    assert "secret" not in str(line)


LONG = (
    *("a" * 3000, "a" * 499 + "%20" * 100, "é" * 1000, "a" + "é" * 1000, "aa" + "😀" * 1000),
    *('"' * 1000, "\\" * 1000),
)


@pytest.mark.parametrize("text", LONG)
def test_a_line_is_short_enough_to_stay_whole_and_cut_between_characters(
    gateway: Gateway, text: str
) -> None:
    before = len(gateway.lines())
    head = f"GET /{text}?{text} HTTP/1.1\r\nHost: x\r\nUser-Agent: {text}\r\n"
    odd = f"GET /{text} HTTP/1.1\r\nHost: x\r\nUser-Agent: {chr(1) * 300}\r\n"
    gateway.raw(head.encode() + b"Connection: close\r\n\r\n")
    [line] = gateway.lines_after(before)
    gateway.raw(odd.encode() + b"Connection: close\r\n\r\n")
    gateway.lines_after(before + 1)
    assert f"/{text}".startswith(line["url.path"].rstrip("…"))
    assert 496 <= len(line["url.path"].rstrip("…").encode()) <= 500
    assert 196 <= len(line["user_agent.original"].rstrip("…").encode()) <= 200
    assert line["url.path"].endswith("…")
    assert max(map(len, gateway.log.read_bytes().splitlines())) < 4096


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
def test_a_line_has_the_method_that_was_sent_also_where_nobody_answered(
    gateway: Gateway, method: str
) -> None:
    answer = requests.request(method, gateway.url, headers={"X-Behave": "close"}, timeout=20)
    assert answer.status_code == 502
    line = gateway.line(answer.headers["X-Request-ID"])
    assert (line["http.request.method"], line["message"]) == (method, f"{method} / 502")


def test_an_error_of_the_gateways_own_is_a_line_like_the_others(gateway: Gateway) -> None:
    """Of what the client sent it has the path alone: queries and referrers may hold anything."""
    headers = {"X-Behave": "close", "Referer": f"{gateway.url}/secret", "Cookie": "a=secret"}
    answer = requests.get(f"{gateway.url}/J%C3%B8?pwd=secret", headers=headers, timeout=20)
    connection = gateway.line(answer.headers["X-Request-ID"])["minitwit.connection"]
    wanted = {"event.dataset": "gateway.error", "minitwit.connection": connection}
    line, *_ = gateway.documents_where(wanted)  # it was a GET, so it was tried again
    assert line["log.level"] == "error"
    assert line["client.ip"] == "127.0.0.1"
    assert line["http.request.method"] == "GET"
    assert line["url.path"] == "/J%C3%B8"
    assert line["minitwit.upstream_address"] == f"127.0.0.1:{gateway.stubs['web'].port}"
    assert line["message"].startswith("upstream prematurely closed connection")
    assert "secret" not in str(line)


def test_it_tells_that_it_was_started(gateway: Gateway) -> None:
    [start] = gateway.documents_where({"event.action": "started"})
    assert start["service.name"] == "gateway"


def test_a_client_that_leaves_is_logged_too(gateway: Gateway) -> None:
    before = len(gateway.lines())
    connection = socket.create_connection(("127.0.0.1", gateway.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab")
    connection.close()
    [line] = gateway.lines_after(before)
    assert line["http.response.status_code"] in (400, 499)


def test_a_failure_is_logged_as_an_error_with_its_service(gateway: Gateway) -> None:
    answer = requests.get(gateway.url, headers={"X-Behave": "close"}, timeout=20)
    line = gateway.line(answer.headers["X-Request-ID"])
    assert (line["log.level"], line["minitwit.upstream"]) == ("error", "web")
