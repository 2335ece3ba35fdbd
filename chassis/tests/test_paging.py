"""Keyset pagination: bounds, order, links."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis import paging
from chassis.errors import BadRequest
from chassis.paging import PageRequest

NEWEST_FIRST = [9, 8, 7]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"limit": 30, "before": None, "after": None}),
        ("?limit=5&before=7", {"limit": 5, "before": 7, "after": None}),
        ("?limit=0&after=0", {"limit": 1, "before": None, "after": 0}),
        ("?limit=1000", {"limit": 100, "before": None, "after": None}),
    ],
)
def test_a_page_is_read_and_clamped(
    client: FlaskClient, query: str, expected: dict[str, int | None]
) -> None:
    assert client.get(f"/page{query}").get_json() == expected


@pytest.mark.parametrize(
    "value", ["x", "-1", "1.5", "9223372036854775808", "٣", "1" * 5000, "0" * 20 + "9" * 20]
)
@pytest.mark.parametrize("name", ["limit", "before", "after"])
def test_what_is_no_id_is_refused(client: FlaskClient, name: str, value: str) -> None:
    answer = client.get("/page", query_string={name: value})
    assert (answer.status_code, answer.get_json()["slug"]) == (400, "bad-request")


@pytest.mark.parametrize("value", ["1", True, 1.5, [], -1, 2**63, 2.0**63, float("inf")])
def test_in_a_body_an_id_is_a_json_number(value: object) -> None:
    with pytest.raises(BadRequest):
        paging.from_values({"before": value})


def test_null_in_a_body_is_as_good_as_nothing() -> None:
    assert paging.from_values({"limit": None, "before": None, "after": 3}) == PageRequest(after=3)


def test_the_first_page_has_nothing_newer() -> None:
    page = paging.cut(NEWEST_FIRST, PageRequest(limit=2))
    assert (page.items, page.has_older, page.has_newer) == ([9, 8], True, False)


def test_the_last_page_has_nothing_older() -> None:
    page = paging.cut([2, 1], PageRequest(limit=2, before=3))
    assert (page.items, page.has_older, page.has_newer) == ([2, 1], False, True)


def test_a_page_of_newer_items_is_read_oldest_first_and_reversed() -> None:
    page = paging.cut([7, 8, 9], PageRequest(limit=2, after=6))
    assert (page.items, page.has_older, page.has_newer) == ([8, 7], True, True)


def test_the_last_page_has_nothing_older_when_read_oldest_first() -> None:
    page = paging.cut([1, 2], PageRequest(limit=2, after=0))
    assert (page.items, page.has_older, page.has_newer) == ([2, 1], False, False)


@pytest.mark.parametrize(
    ("after", "rows", "older"),
    [(6, [8, 7], 7), (6, [], 7), (5, [8, 7, 6], 7), (0, [8, 7], None), (0, [8, 7, 6], 7)],
)
def test_a_page_between_two_bounds_leads_beyond_both(
    app: Flask, after: int, rows: list[int], older: int | None
) -> None:
    with app.test_request_context(f"/list?limit=2&after={after}&before=9"):
        wanted = paging.from_query()
        slice_ = paging.cut(rows, wanted)
        answer = paging.answer([{"id": id_} for id_ in slice_.items], slice_, wanted, "id")
    assert answer.get_json()["older"] == older
    assert answer.get_json()["newer"] == 8


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_links_keep_the_other_parameters(app: Flask, method: str) -> None:
    with app.test_request_context("/list?limit=2&before=10", method=method):
        wanted = paging.from_query()
        items = [{"id": 9}, {"id": 8}]
        answer = paging.answer(items, paging.cut([9, 8, 7], wanted), wanted, "id")
    assert answer.get_json() == {"items": items, "older": 8, "newer": 9}
    assert answer.headers["Link"] == (
        '</list?limit=2&before=8>; rel="next", </list?limit=2&after=9>; rel="prev"'
    )


def test_what_was_asked_for_by_post_has_no_links(app: Flask) -> None:
    """Nobody can follow one to it."""
    with app.test_request_context("/list", method="POST"):
        answer = paging.answer(
            [{"id": 9}], paging.cut([9, 8], PageRequest(1)), PageRequest(1), "id"
        )
    assert answer.get_json()["older"] == 9
    assert "Link" not in answer.headers


def test_a_whole_list_on_one_page_has_no_links(app: Flask) -> None:
    with app.test_request_context("/list"):
        answer = paging.answer([], paging.cut([], PageRequest()), PageRequest(), "id")
    assert answer.get_json() == {"items": [], "older": None, "newer": None}
    assert "Link" not in answer.headers


def test_an_empty_page_leads_back(app: Flask) -> None:
    with app.test_request_context("/list?before=5"):
        wanted = paging.from_query()
        answer = paging.answer([], paging.cut([], wanted), wanted, "id")
    assert answer.get_json() == {"items": [], "older": None, "newer": 4}


def test_links_of_an_empty_page_can_be_followed(app: Flask, client: FlaskClient) -> None:
    largest = paging.LARGEST_ID
    with app.test_request_context(f"/list?after={largest}"):
        wanted = paging.from_query()
        older = paging.answer([], paging.cut([], wanted), wanted, "id").get_json()["older"]
    assert client.get(f"/page?before={older}").get_json()["before"] == largest


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_impossible_id_is_a_404_for_any_method(method: str) -> None:
    app = Flask("paged")
    paging.init_app(app)
    for each in ("GET", "PUT"):
        app.add_url_rule("/items/<id:it>", each, lambda it: str(it), methods=[each])
    client = app.test_client()
    assert client.open(f"/items/{2**63 - 1}", method=method).status_code == 200
    assert client.open(f"/items/{2**63}", method=method).status_code == 404
