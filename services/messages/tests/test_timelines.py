"""Timelines: everybody's, one author's, many authors'; newest first, page by page."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Posted = Callable[..., int]
HUGE = 2**63 - 1
PATHS = ["/v1/messages", "/v1/users/1/messages", "/v1/timelines"]


def read(client: FlaskClient, path: str, **page: int) -> dict[str, Any]:
    """A page of a timeline that ada's messages stand in."""
    if path == "/v1/timelines":
        answer = client.post(path, json={"author_ids": [1, 99], **page})
    else:
        answer = client.get(path, query_string=page)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.get_json()
    return body


def ids(page: dict[str, Any]) -> list[int]:
    return [item["id"] for item in page["items"]]


@pytest.mark.contract("A.5 Newest first; equal times by id, descending")
@pytest.mark.parametrize("path", PATHS)
def test_a_timeline_is_newest_first(client: FlaskClient, posted: Posted, path: str) -> None:
    wanted = [posted("ada", f"text {n}") for n in range(5)][::-1]
    assert read(client, path) == {
        "items": [item for item in read(client, "/v1/messages")["items"] if item["id"] in wanted],
        "older": None,
        "newer": None,
    }
    assert ids(read(client, path)) == wanted


@pytest.mark.contract("A.5 Flagged messages are hidden everywhere")
@pytest.mark.parametrize("path", PATHS)
def test_hidden_messages_are_in_no_timeline(client: FlaskClient, posted: Posted, path: str) -> None:
    shown = posted("ada")
    posted("ada", flagged=True)
    assert ids(read(client, path)) == [shown]


@pytest.mark.parametrize("path", PATHS)
def test_pages_lead_to_older_and_newer_ones(client: FlaskClient, posted: Posted, path: str) -> None:
    one, two, three, four = (posted("ada") for _ in range(4))
    first = read(client, path, limit=2)
    assert (ids(first), first["older"], first["newer"]) == ([four, three], three, None)
    second = read(client, path, limit=2, before=three)
    assert (ids(second), second["older"], second["newer"]) == ([two, one], None, two)
    back = read(client, path, limit=2, after=one)
    assert (ids(back), back["older"], back["newer"]) == ([three, two], two, three)


@pytest.mark.parametrize("path", PATHS)
def test_both_bounds_together_cut_a_piece_out(
    client: FlaskClient, posted: Posted, path: str
) -> None:
    one, two, three, four = (posted("ada") for _ in range(4))
    piece = read(client, path, after=one, before=four)
    assert (ids(piece), piece["older"], piece["newer"]) == ([three, two], two, three)
    assert ids(read(client, path, before=piece["older"])) == [one]
    assert ids(read(client, path, after=piece["newer"])) == [four]
    assert ids(read(client, path, after=one, before=four, limit=1)) == [three]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("page", [{"before": 0}, {"after": HUGE}, {"before": 1, "after": HUGE}])
def test_beyond_the_ends_there_is_nothing(
    client: FlaskClient, posted: Posted, path: str, page: dict[str, int]
) -> None:
    posted("ada")
    assert ids(read(client, path, **page)) == []


@pytest.mark.parametrize("path", PATHS[:2])
def test_a_page_links_to_its_neighbours(client: FlaskClient, posted: Posted, path: str) -> None:
    newest = [posted("ada") for _ in range(3)][1]
    link = client.get(path, query_string={"limit": 1, "before": newest + 1}).headers["Link"]
    assert link == (
        f'<{path}?limit=1&before={newest}>; rel="next", <{path}?limit=1&after={newest}>; rel="prev"'
    )


def test_everybodys_timeline_has_everybody(client: FlaskClient, posted: Posted) -> None:
    wanted = [posted(name) for name in ("ada", "bob", "cleo")][::-1]
    assert ids(read(client, "/v1/messages")) == wanted


def test_an_authors_timeline_has_nobody_else(client: FlaskClient, posted: Posted) -> None:
    _, bobs = posted("ada"), posted("bob")
    assert ids(client.get("/v1/users/2/messages").get_json()) == [bobs]
    assert ids(client.get("/v1/users/999/messages").get_json()) == []


def test_many_authors_are_merged_and_others_left_out(client: FlaskClient, posted: Posted) -> None:
    authors = ["ada", "bob", "cleo", "ada", "ada", "bob"]
    all_ids = [posted(name) for name in authors]
    page = client.post("/v1/timelines", json={"author_ids": [2, 1, 2, 77]}).get_json()
    assert (
        ids(page)
        == [id_ for id_, name in zip(all_ids, authors, strict=True) if name != "cleo"][::-1]
    )


def test_a_page_holds_the_newest_even_when_all_are_of_one_author(
    client: FlaskClient, posted: Posted
) -> None:
    for _ in range(3):
        posted("bob")
        posted("cleo")
    wanted = [posted("ada") for _ in range(3)][::-1]
    page = client.post("/v1/timelines", json={"author_ids": [1, 2, 3], "limit": 3}).get_json()
    assert (ids(page), page["older"]) == (wanted, wanted[-1])


def test_a_timeline_of_nobody_is_empty(client: FlaskClient, posted: Posted) -> None:
    posted("ada")
    page = client.post("/v1/timelines", json={"author_ids": []}).get_json()
    assert page == {"items": [], "older": None, "newer": None}


def test_ten_thousand_authors_are_taken_and_no_more(client: FlaskClient, posted: Posted) -> None:
    message = posted("ada")
    largest = [1, *range(HUGE - 9_998, HUGE + 1)]
    assert ids(client.post("/v1/timelines", json={"author_ids": largest}).get_json()) == [message]
    assert client.post("/v1/timelines", json={"author_ids": [*largest, 2]}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"author_ids": "1"},
        {"author_ids": [0]},
        {"author_ids": [True]},
        {"author_ids": [1.5]},
        {"author_ids": [HUGE + 1]},
        {"author_ids": [1], "limit": "x"},
        {"author_ids": [1], "before": "1"},
        {"author_ids": [1], "after": -1},
        {"author_ids": [1], "before": HUGE + 1},
        [1],
    ],
)
def test_a_timeline_that_can_not_be_read_is_400(client: FlaskClient, body: object) -> None:
    answer = client.post("/v1/timelines", json=body)
    assert (answer.status_code, answer.get_json()["slug"]) == (400, "bad-request")


@pytest.mark.parametrize("path", PATHS[:2])
@pytest.mark.parametrize(
    "query", ["limit=x", "before=-1", "after=1.5", "before=" + "0" * 20 + "9" * 20]
)
def test_a_page_that_can_not_be_read_is_400(client: FlaskClient, path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code == 400


def test_timelines_ask_users_nothing(
    client: FlaskClient, posted: Posted, users_stopped: None
) -> None:
    posted("ada")
    assert all(read(client, path)["items"] for path in PATHS)
