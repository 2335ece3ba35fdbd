"""What every service is told, and what every answer carries."""

import re

import pytest
import requests

from gateway.tests.conftest import Gateway

ALWAYS = {
    "X-Request-ID": r"[0-9a-f]{32}",
    "Content-Security-Policy": r"default-src 'none'; .*frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": r"camera=\(\), .*",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize(
    ("path", "behaviour"),
    [
        ("/", "echo"),
        ("/", "status 500"),
        ("/", "close"),
        ("/nowhere", "status 404"),
        ("/v1", "echo"),
    ],
)
def test_every_answer_carries_each_header_once(gateway: Gateway, path: str, behaviour: str) -> None:
    answer = requests.get(gateway.url + path, headers={"X-Behave": behaviour}, timeout=20)
    for name, pattern in ALWAYS.items():
        (value,) = answer.raw.headers.getlist(name)
        assert re.fullmatch(pattern, value), (name, value)
    assert "Strict-Transport-Security" not in answer.headers


def test_the_request_id_is_made_here_and_told_to_both_sides(gateway: Gateway) -> None:
    answer = requests.get(gateway.url, headers={"X-Request-ID": "of the client"}, timeout=20)
    assert answer.json()["headers"]["x-request-id"] == answer.headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_what_a_client_claims_about_its_origin_is_overwritten(gateway: Gateway) -> None:
    claims = {
        "X-Forwarded-For": "10.1.1.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Protocol": "ssl",
        "X-Forwarded-SSL": "on",
        "Forwarded": "for=10.1.1.1",
        "Proxy": "http://evil.example",
    }
    seen = requests.get(gateway.url, headers=claims, timeout=20).json()["headers"]
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert seen["x-forwarded-proto"] == "http"
    assert seen["host"] == f"127.0.0.1:{gateway.port}"
    kept = {"X-Forwarded-For", "X-Forwarded-Proto"}
    assert not {name.lower() for name in claims.keys() - kept} & seen.keys()


def test_nginx_does_not_tell_its_version(gateway: Gateway) -> None:
    assert requests.get(gateway.url, timeout=20).headers["Server"] == "nginx"
    page = requests.get(f"{gateway.url}/v1", timeout=20)
    assert "nginx" not in page.text


def test_pages_are_compressed_for_those_who_can_read_it(gateway: Gateway) -> None:
    large = {"X-Behave": "large 5000"}
    plain = requests.get(gateway.url, headers={**large, "Accept-Encoding": ""}, timeout=20)
    packed = requests.get(gateway.url, headers={**large, "Accept-Encoding": "gzip"}, timeout=20)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.text == packed.text
