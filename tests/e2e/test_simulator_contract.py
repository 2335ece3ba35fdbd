"""CONTRACT A.1 and A.3 through the gateway: credentials, names, slashes, forms of answers."""

from collections.abc import Callable

import pytest

from tests.people import Simulator, quoted

FORBIDDEN = {"status": 403, "error_msg": "You are not authorized to use this resource!"}
PROTECTED = [
    ("GET", "/msgs"),
    ("GET", "/msgs/{name}"),
    ("POST", "/msgs/{name}"),
    ("GET", "/fllws/{name}"),
    ("POST", "/fllws/{name}"),
]
WRONG = [
    None,
    ("simulator", "super_safe"),
    ("Simulator", "super_safe!"),
    ("simulator", ""),
    ("", "super_safe!"),
]
ODD_NAMES = [
    "with two spaces",
    "Zoë Ångström",
    "名前",
    "🦜",
    'quo"te',
    "o'quote",
    "semi;colon",
    "question?mark",
    "hash#tag",
    "per%cent",
    "per%20cent",
    "plus+plus",
    "a&b=c",
    "<b>bold",
    "back\\slash",
    "comma,colon:at@",
    "dot.ted.",
    "tilde~pipe|{brace}[bracket]^`",
    "$dollar*star(paren)!",
]


@pytest.mark.contract("A.1 Credentials simulator / super_safe! by default: Authorization: Basic …")
def test_the_default_credentials_open_the_protected_routes(simulator: Simulator) -> None:
    headers = {"Authorization": "Basic c2ltdWxhdG9yOnN1cGVyX3NhZmUh"}
    assert simulator.get("/msgs", auth=None, headers=headers).status_code == 200


@pytest.mark.contract("A.1 Wrong or missing on a protected route: 403")
@pytest.mark.parametrize("auth", WRONG)
@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_without_the_credentials_a_protected_route_is_403(
    simulator: Simulator, registered_once: str, method: str, path: str, auth: tuple[str, str] | None
) -> None:
    answer = simulator.ask(method, path.format(name=quoted(registered_once)), auth=auth)
    assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


@pytest.mark.contract("A.1 Wrong or missing on a protected route: 403")
@pytest.mark.parametrize("header", ["Bearer x", "Basic", "Basic !!!", "x", "", "Basic c2lt"])
def test_a_header_that_holds_no_credentials_is_403(simulator: Simulator, header: str) -> None:
    answer = simulator.get("/msgs", auth=None, headers={"Authorization": header})
    assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


@pytest.mark.contract("A.1 Not protected: /latest, /register")
def test_latest_and_register_need_no_credentials(simulator: Simulator, name: str) -> None:
    assert simulator.get("/latest", auth=None).status_code == 200
    assert simulator.register(name).status_code == 204


@pytest.mark.contract("A.1 403 is decided before 404 and before the body is parsed")
@pytest.mark.parametrize("path", ["/msgs/{name}", "/fllws/{name}"])
def test_403_comes_before_404_and_before_the_body(
    simulator: Simulator, name: str, path: str
) -> None:
    path = path.format(name=quoted(name))
    assert simulator.get(path, auth=None).status_code == 403
    assert simulator.ask("POST", path, auth=None, data=b"{not json").status_code == 403


@pytest.mark.contract("A.1 Requests carry Connection: close. Answers of 204 have an empty body")
def test_a_204_is_empty_and_the_connection_is_closed(simulator: Simulator, name: str) -> None:
    for answer in (
        simulator.register(name),
        simulator.tweet(name, "hello"),
        simulator.change(name, follow=name),
        simulator.change(name, unfollow=name),
    ):
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers.get("Content-Length", "0") == "0"
        assert answer.headers["Connection"] == "close"


@pytest.mark.contract("A.1 Accept the JSON body whatever its Content-Type")
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"]
)
def test_the_content_type_does_not_matter(
    simulator: Simulator, registered_once: str, kind: str
) -> None:
    text = f"sent as {kind}"
    answer = simulator.tweet_as(registered_once, text, kind)
    assert answer.status_code == 204
    assert simulator.messages(registered_once)[0]["content"] == text


@pytest.mark.contract("A.1 Names are percent-encoded path segments: spaces and non-ASCII")
@pytest.mark.parametrize("odd", ODD_NAMES)
def test_any_name_that_can_be_registered_can_be_used_in_a_path(
    simulator: Simulator, name: str, odd: str
) -> None:
    name = f"{odd} {name}"
    assert simulator.register(name).status_code == 204
    assert simulator.tweet(name, odd).status_code == 204
    assert simulator.messages(name)[0]["user"] == name
    assert simulator.messages()[0]["user"] == name
    assert simulator.change(name, follow=name).status_code == 204
    assert simulator.follows(name) == [name]


@pytest.mark.contract("A.1 Names are case-sensitive")
def test_names_are_case_sensitive(simulator: Simulator, name: str) -> None:
    assert simulator.register(name).status_code == 204
    assert simulator.tweet(name.upper(), "x").status_code == 404
    assert simulator.register(name.upper()).status_code == 204
    assert simulator.tweet(name.upper(), "x").status_code == 204
    assert simulator.messages(name) == []


@pytest.mark.contract("A.1 With and without a trailing slash: both answer, neither redirects")
def test_a_trailing_slash_makes_no_difference(simulator: Simulator, name: str) -> None:
    body = {"username": name, "email": "a@b", "pwd": "x"}
    assert simulator.post("/register/", body).status_code == 204
    assert simulator.get("/latest/").status_code == 200
    assert simulator.get("/msgs/").status_code == 200
    own = quoted(name)
    assert simulator.post(f"/msgs/{own}/", {"content": "x"}).status_code == 204
    assert simulator.get(f"/msgs/{own}/").json()[0]["content"] == "x"
    assert simulator.post(f"/fllws/{own}/", {"follow": name}).status_code == 204
    assert simulator.get(f"/fllws/{own}/").json() == {"follows": [name]}


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


@pytest.mark.contract("A.3 404 unknown name")
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


@pytest.fixture(scope="module")
def registered_once(simulator: Simulator, new_name: Callable[[], str]) -> str:
    """Somebody about whom no test says anything that another relies on."""
    name = new_name()
    assert simulator.register(name).status_code == 204
    return name
