"""CONTRACT A.1 and A.3 through the gateway: every error is JSON, whatever a client sent."""

import json
from collections.abc import Callable

import pytest

from tests.people import Simulator, quoted
from tests.system import eventually


@pytest.mark.contract("A.1 Every error is JSON {status, error_msg}, 404 and 405 included")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 404),
        ("GET", "/", 404),
        ("GET", "/nothing", 404),
        ("POST", "/nothing/at/all", 404),
        ("GET", "/fllws", 404),
        ("GET", "/fllws/", 404),
        ("GET", "/msgs/a/b", 404),
        ("GET", "/latest/x", 404),
        ("GET", "/register", 405),
        ("DELETE", "/register", 405),
        ("POST", "/latest", 405),
        ("PUT", "/msgs", 405),
        ("POST", "/msgs", 405),
        ("DELETE", "/msgs/x", 405),
        ("PATCH", "/fllws/x", 405),
        ("BREW", "/msgs", 405),
    ],
)
def test_every_error_is_json(simulator: Simulator, method: str, path: str, status: int) -> None:
    answer = simulator.ask(method, path, headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert_is_error(answer.json(), status)


@pytest.mark.contract("A.1 400 for malformed JSON; never 415, 422 or 500 for what was sent")
@pytest.mark.parametrize("path", ["/register", "/msgs/{name}", "/fllws/{name}"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b"[]",
        b"null",
        b'"text"',
        b"1e999",
        b"{}",
        b'{"content":null,"follow":null,"username":null}',
        b'{"content":["a"],"follow":["a"],"username":["a"]}',
        b'{"content":{"a":1},"follow":{"a":1},"username":{"a":1}}',
        b'{"content":1,"follow":1,"username":1}',
        b'{"content":"\\ud800","follow":1,"username":"\\ud800"}',
        b'\xff\xfe{"content":"x"}',
        b'{"content":"\xff"}',
        b"[" * 5_000,
    ],
)
def test_a_body_that_can_not_be_used_is_400(
    simulator: Simulator, registered_once: str, path: str, body: bytes
) -> None:
    answer = simulator.ask("POST", path.format(name=quoted(registered_once)), data=body)
    assert answer.status_code == 400, answer.text
    assert_is_error(answer.json(), 400)


@pytest.mark.contract("A.1 never 415, 422 or 500 for what a client sent")
@pytest.mark.parametrize(
    "segment",
    ["%00", "%ff%fe", "%2F", "a%2Fb", "%", "%zz", "%2e%2e", "x" * 101, "x" * 5_000, "x" * 8_150],
)
def test_a_name_that_nobody_can_have_is_404(simulator: Simulator, segment: str) -> None:
    for route in ("msgs", "fllws"):
        raw = simulator.exactly("GET", f"/api/{route}/{segment}")
        assert raw.status in (400, 404), raw.status
        assert_is_error(raw.json(), raw.status)


@pytest.mark.contract("A.1 Every error is JSON, for requests of an odd form too")
@pytest.mark.parametrize("count", [50, 150, 900, 3_000])
def test_many_headers_are_no_way_to_an_error_of_another_form(
    simulator: Simulator, count: int
) -> None:
    answer = simulator.get("/msgs/x", auth=None, headers={f"X-{n}": "y" for n in range(count)})
    assert answer.status_code in (400, 403, 431)
    assert_is_error(answer.json(), answer.status_code)


@pytest.mark.contract("A.3 GET /msgs/{name} 404 unknown name")
def test_an_unknown_name_is_404_on_each_route(simulator: Simulator, name: str) -> None:
    for answer in (
        simulator.get(f"/msgs/{quoted(name)}"),
        simulator.tweet(name, "x"),
        simulator.get(f"/fllws/{quoted(name)}"),
        simulator.change(name, follow=name),
        simulator.change(name, unfollow=name),
    ):
        assert answer.status_code == 404
        assert_is_error(answer.json(), 404)


def assert_is_error(body: dict[str, object], status: int) -> None:
    assert set(body) == {"status", "error_msg"}
    assert body["status"] == status
    assert isinstance(body["error_msg"], str)
    assert body["error_msg"]


@pytest.mark.contract("A.1 Accept the JSON body whatever its Content-Type")
@pytest.mark.parametrize("kinds", [(), ("text/plain",), ("application/json", "text/html")])
def test_a_body_is_taken_with_any_number_of_content_types(
    simulator: Simulator, name: str, kinds: tuple[str, ...]
) -> None:
    simulator.register(name)
    headers = [("Content-Type", kind) for kind in kinds]
    path = f"/api/msgs/{quoted(name)}?latest=4711"
    answer = simulator.exactly("POST", path, *headers, body=b'{"content": "taken"}')
    assert (answer.status, answer.body) == (204, b"")
    assert [each["content"] for each in simulator.messages(name)] == ["taken"]
    eventually(lambda: simulator.latest() == 4711)


@pytest.mark.contract("A.7 So: never lose a register")
def test_a_refused_large_body_does_not_harm_the_next_request(
    simulator: Simulator, new_name: Callable[[], str]
) -> None:
    for _ in range(20):
        assert simulator.exactly("PUT", "/api/register", body=b"x" * 120_000).status == 405
        account = {"username": new_name(), "email": "a@b", "pwd": "x"}
        body = json.dumps(account).encode()
        assert simulator.exactly("POST", "/api/register", body=body).status == 204
