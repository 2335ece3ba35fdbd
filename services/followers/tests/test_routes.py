"""The service's own API."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from requests.utils import parse_header_links

from chassis import testing
from followers.models import Follow, db

Token = Callable[[str], dict[str, str]]


@pytest.fixture
def follow(client: FlaskClient, token: Token) -> Callable[[str, str], None]:
    def put(follower: str, followee: str) -> None:
        answer = client.put(f"/v1/followees/{followee}", headers=token(follower))
        assert (answer.status_code, answer.data) == (204, b"")

    return put


Follows = Callable[[str, str], None]


def names(client: FlaskClient, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return [item["name"] for item in answer.json["items"]]


def test_following_shows_on_both_sides_and_in_the_counts(
    client: FlaskClient, follow: Follows
) -> None:
    follow("ada", "bob")
    assert names(client, "/v1/users/1/followees") == ["bob"]
    assert names(client, "/v1/users/2/followers") == ["ada"]
    assert client.get("/v1/users/1/counts").json == {"followers": 0, "followees": 1}
    assert client.get("/v1/users/2/counts").json == {"followers": 1, "followees": 0}
    for follower, is_followed in ((1, True), (2, False)):
        assert client.get(f"/v1/users/2/counts?follower={follower}").json == {
            "followers": 1,
            "followees": 0,
            "is_followed": is_followed,
        }
    assert client.get("/v1/users/1/followee-ids").json == {"ids": [2]}


def test_following_and_unfollowing_can_be_repeated(
    client: FlaskClient, follow: Follows, token: Token
) -> None:
    follow("ada", "bob")
    follow("ada", "bob")
    for _ in range(2):
        assert client.delete("/v1/followees/bob", headers=token("ada")).status_code == 204
    assert names(client, "/v1/users/1/followees") == []
    assert client.get("/v1/users/2/counts").json == {"followers": 0, "followees": 0}


def test_unfollowing_ends_only_ones_own_follow(
    client: FlaskClient, follow: Follows, token: Token
) -> None:
    follow("ada", "bob")
    client.delete("/v1/followees/ada", headers=token("bob"))
    client.delete("/v1/followees/bob", headers=token("cleo"))
    assert names(client, "/v1/users/1/followees") == ["bob"]


@pytest.mark.parametrize("name", ["name with space", "Søren Ærø", "李四", "50% & co?", "ADA"])
def test_any_registered_name_can_be_followed(client: FlaskClient, token: Token, name: str) -> None:
    path = f"/v1/followees/{quote(name, safe='')}"
    assert client.put(path, headers=token("ada")).status_code == 204
    assert names(client, "/v1/users/1/followees") == [name]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("name", ["nobody", "Bob", "%00", "a%00b", "..", ".", "%F0%9F", "x" * 200])
def test_a_name_that_nobody_has_is_not_found(
    client: FlaskClient, token: Token, method: str, name: str
) -> None:
    answer = client.open(f"/v1/followees/{name}", method=method, headers=token("ada"))
    assert (answer.status_code, answer.json["slug"]) == (404, "user-not-found")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_name_with_a_slash_is_no_route(client: FlaskClient, token: Token, method: str) -> None:
    answer = client.open("/v1/followees/a%2Fb", method=method, headers=token("ada"))
    assert (answer.status_code, answer.json["slug"]) == (404, "not-found")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("name", ["bob", "nobody"])
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, testing.SIMULATOR])
def test_changes_need_a_token_before_anything_else(
    client: FlaskClient, users: Flask, method: str, name: str, header: dict[str, str]
) -> None:
    answer = client.open(f"/v1/followees/{name}", method=method, headers=header)
    assert (answer.status_code, answer.json["slug"]) == (401, "unauthorized")
    assert users.asked == []  # type: ignore[attr-defined]


def test_a_token_of_another_key_is_refused(client: FlaskClient) -> None:
    stranger = testing.Keys().headers(1, "ada")
    assert client.put("/v1/followees/bob", headers=stranger).status_code == 401


def test_nobody_is_known_of_an_id_without_follows(client: FlaskClient) -> None:
    for id_ in (0, 77, 2**63 - 1):
        assert client.get(f"/v1/users/{id_}/counts").json == {"followers": 0, "followees": 0}
        assert client.get(f"/v1/users/{id_}/followee-ids").json == {"ids": []}
        page = {"items": [], "older": None, "newer": None}
        assert client.get(f"/v1/users/{id_}/followees").json == page
        assert client.get(f"/v1/users/{id_}/followers").json == page


@pytest.mark.parametrize("id_", ["-1", "x", str(2**63), "1.5", "9" * 30])
@pytest.mark.parametrize("rest", ["followees", "followers", "followee-ids", "counts"])
def test_what_is_no_id_is_not_found(client: FlaskClient, id_: str, rest: str) -> None:
    assert client.get(f"/v1/users/{id_}/{rest}").status_code == 404


@pytest.fixture
def crowd(app: Flask) -> None:
    """1 follows 101 … 165, in this order, and is followed by them."""
    with app.app_context():
        for other in range(101, 166):
            name = f"person {other}"
            for a, b in ((1, other), (other, 1)):
                row = {"follower_id": a, "follower_name": name, "followee_id": b}
                db.session.add(Follow(**row, followee_name=name))
            db.session.flush()
        db.session.commit()


def walk(client: FlaskClient, path: str, way: str, rel: str) -> list[list[int]]:
    """The ids of every page from `path` on; both ways of naming the next page must agree."""
    pages: list[list[int]] = []
    at: str | None = path
    while at is not None:
        answer: Any = client.get(at)
        pages.append([item["id"] for item in answer.json["items"]])
        cursor = answer.json["older" if rel == "next" else "newer"]
        links = {
            link["rel"]: link["url"] for link in parse_header_links(answer.headers.get("Link", ""))
        }
        assert (cursor is None) == (rel not in links)
        at = links.get(rel)
        assert at is None or f"{way}={cursor}" in at
    return pages


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("side", ["followees", "followers"])
def test_lists_are_paged_newest_first_without_gap_or_overlap(
    client: FlaskClient, side: str
) -> None:
    pages = walk(client, f"/v1/users/1/{side}", "before", "next")
    assert [len(page) for page in pages] == [30, 30, 5]
    assert sum(pages, []) == list(range(165, 100, -1))  # noqa: RUF017
    assert len(walk(client, f"/v1/users/1/{side}?limit=1000", "before", "next")) == 1


@pytest.mark.usefixtures("crowd")
def test_newer_pages_lead_back_to_the_newest(client: FlaskClient) -> None:
    last = client.get("/v1/users/1/followees?limit=100").json["items"][-1]["cursor"]
    pages = walk(client, f"/v1/users/1/followees?after={last}", "after", "prev")
    assert [len(page) for page in pages] == [30, 30, 4]
    assert pages[0] == list(range(131, 101, -1))
    assert pages[-1] == [165, 164, 163, 162]


@pytest.mark.usefixtures("crowd")
def test_all_followee_ids_come_newest_first(client: FlaskClient) -> None:
    assert client.get("/v1/users/1/followee-ids").json["ids"] == list(range(165, 100, -1))


@pytest.mark.parametrize("query", ["limit=x", "before=-1", "after=1.5", f"before={2**63}"])
@pytest.mark.parametrize("side", ["followees", "followers"])
def test_an_unreadable_page_is_a_bad_request(client: FlaskClient, side: str, query: str) -> None:
    answer = client.get(f"/v1/users/1/{side}?{query}")
    assert (answer.status_code, answer.json["slug"]) == (400, "bad-request")
    assert answer.mimetype == "application/problem+json"


def test_who_was_never_counted_is_followed_by_nobody(client: FlaskClient) -> None:
    answer = client.get("/v1/users/999/counts?follower=1")
    assert answer.json == {"followers": 0, "followees": 0, "is_followed": False}


@pytest.mark.parametrize("follower", ["x", "-1", "", "9223372036854775808"])
def test_a_follower_that_is_no_id_is_400(client: FlaskClient, follower: str) -> None:
    assert client.get(f"/v1/users/1/counts?follower={follower}").status_code == 400
