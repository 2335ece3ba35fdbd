"""CONTRACT A.1 and A.3 through the gateway: credentials, names, slashes, forms of answers."""

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
    assert simulator.ask_latest(auth=None).status_code == 200
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
    assert simulator.ask_latest("/latest/").status_code == 200
    assert simulator.get("/msgs/").status_code == 200
    own = quoted(name)
    assert simulator.post(f"/msgs/{own}/", {"content": "x"}).status_code == 204
    assert simulator.get(f"/msgs/{own}/").json()[0]["content"] == "x"
    assert simulator.post(f"/fllws/{own}/", {"follow": name}).status_code == 204
    assert simulator.get(f"/fllws/{own}/").json() == {"follows": [name]}
