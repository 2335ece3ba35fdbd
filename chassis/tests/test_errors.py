"""Errors have one face each: problem details, and the simulator's form under /api/."""

from http import HTTPStatus
from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from chassis.testing import is_error

CASES = [
    ("GET", "teapot", 418, "teapot"),
    ("GET", "unavailable", 503, "unavailable"),
    ("GET", "read-only", 503, "unavailable"),
    ("GET", "broken", 500, "internal-error"),
    ("POST", "teapot", 405, "method-not-allowed"),
    ("GET", "nowhere", 404, "not-found"),
    ("OPTIONS", "nowhere", 404, "not-found"),
]


@pytest.mark.parametrize(("method", "path", "status", "slug"), CASES)
def test_a_problem_has_details_and_a_slug(
    client: FlaskClient, method: str, path: str, status: int, slug: str
) -> None:
    answer = client.open(f"/{path}", method=method)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    body = answer.get_json()
    assert (body["status"], body["slug"]) == (status, slug)
    assert body["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("status", "title", "slug"),
    [
        (413, "Request Entity Too Large", "request-entity-too-large"),
        (414, "Request URI Too Long", "request-uri-too-long"),
        (416, "Requested Range Not Satisfiable", "requested-range-not-satisfiable"),
        (422, "Unprocessable Entity", "unprocessable-entity"),
    ],
)
def test_titles_and_slugs_do_not_depend_on_pythons_status_phrases(
    app: Flask, monkeypatch: pytest.MonkeyPatch, status: int, title: str, slug: str
) -> None:
    app.add_url_rule("/refused", view_func=lambda: abort(status))
    monkeypatch.setattr(HTTPStatus(status), "phrase", "As Another Version Has It")
    body: Any = app.test_client().get("/refused").get_json()
    assert (body["title"], body["slug"]) == (title, slug)


@pytest.mark.contract("A.1 every error is JSON")
@pytest.mark.parametrize(("method", "path", "status", "slug"), CASES)
def test_the_simulator_has_its_own_form(
    client: FlaskClient, method: str, path: str, status: int, slug: str
) -> None:
    assert is_error(client.open(f"/api/{path}", method=method), status)


def test_what_is_unavailable_says_when_to_come_back(client: FlaskClient) -> None:
    assert client.get("/unavailable").headers["Retry-After"] == "1"


def test_a_fault_of_ours_does_not_show_its_inside(client: FlaskClient) -> None:
    assert b"secret detail" not in client.get("/broken").data


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    allowed = client.post("/teapot").headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.contract("A.1 400 for malformed JSON")
@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"1", b'"x"', b'{"text":"\\ud800"}', b"\xff"])
def test_a_body_that_is_no_json_object_is_400(client: FlaskClient, data: bytes) -> None:
    assert client.post("/body", data=data).status_code == 400
    assert client.post("/api/body", data=data).get_json()["status"] == 400


@pytest.mark.contract("A.1 Accept the JSON body whatever its Content-Type")
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "multipart/form-data"])
def test_a_json_body_is_read_whatever_its_type(client: FlaskClient, kind: str) -> None:
    answer = client.post("/body", data=b'{"text":"hej"}', headers={"Content-Type": kind})
    assert answer.get_json() == {"text": "hej"}


@pytest.mark.parametrize("value", ["1", "null", "[]", "{}", "true"])
def test_text_of_another_type_counts_as_empty(client: FlaskClient, value: str) -> None:
    assert client.post("/body", data=f'{{"text":{value}}}').get_json() == {"text": ""}


def test_a_body_too_large_is_413_in_the_same_form(client: FlaskClient) -> None:
    answer = client.post("/body", data=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, answer.get_json()["status"]) == (413, 413)


def test_an_id_beyond_a_bigint_is_not_found(client: FlaskClient) -> None:
    assert client.get("/things/9223372036854775807").get_json() == {"number": 2**63 - 1}
    assert client.get("/things/9223372036854775808").status_code == 404


@pytest.mark.contract("A.1 With and without a trailing slash: both answer, neither redirects")
@pytest.mark.parametrize("path", ["/things/1", "/things/1/"])
def test_a_trailing_slash_makes_no_difference(client: FlaskClient, path: str) -> None:
    assert client.get(path).get_json() == {"number": 1}
