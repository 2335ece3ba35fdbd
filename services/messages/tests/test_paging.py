"""Walking a timeline's pages tells every message once, in order, forth and back."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.testing import empty
from messages.models import Message, db
from messages.timelines import FEW

AUTHORS = range(1, 6)
SILENT = range(1_000, 1_001 + FEW)
Read = Callable[[dict[str, int]], dict[str, Any]]


@st.composite
def worlds(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Messages as they were posted: by a few authors, some of them hidden."""
    rows = draw(st.lists(st.tuples(st.sampled_from(AUTHORS), st.booleans()), max_size=25))
    return [
        {"author_id": author, "author_name": f"name {author}", "text": "text", "flagged": flagged}
        for author, flagged in rows
    ]


def walk(read: Read, page: dict[str, int], direction: str) -> Iterator[list[int]]:
    """The ids of page after page; `direction` is what a page calls the next one."""
    bound = {"older": "before", "newer": "after"}[direction]
    cursor: int | None = page.pop(bound, -1)
    while cursor is not None:
        body = read(page if cursor < 0 else {**page, bound: cursor})
        yield [item["id"] for item in body["items"]]
        cursor = body[direction]


@settings(max_examples=60, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    world=worlds(),
    limit=st.integers(1, 7),
    authors=st.lists(st.sampled_from(AUTHORS), max_size=7),
    single=st.sampled_from(AUTHORS),
)
def test_walking_pages_forth_and_back_tells_every_message_once_in_order(
    app: Flask, world: list[dict[str, Any]], limit: int, authors: list[int], single: int
) -> None:
    with app.app_context():
        empty(db)
        rows = (
            db.session.scalars(db.insert(Message).returning(Message), world).all() if world else []
        )
        everything = [(row.id, row.author_id) for row in rows if not row.flagged][::-1]
        db.session.commit()
    client = app.test_client()
    for read, wanted in (
        (reader(client, "/v1/messages"), everything),
        (reader(client, f"/v1/users/{single}/messages"), by(everything, [single])),
        (merged(client, authors), by(everything, authors)),
        (merged(client, [*authors, *SILENT]), by(everything, authors)),
    ):
        ids = [id_ for id_, _ in wanted]
        pages = list(walk(read, {"limit": limit}, "older"))
        assert [id_ for page in pages for id_ in page] == ids
        assert all(len(page) == limit for page in pages[:-1])
        back = list(walk(read, {"limit": limit, "after": 0}, "newer"))[::-1]
        assert [id_ for page in back for id_ in page] == ids


def by(messages: list[tuple[int, int]], authors: list[int]) -> list[tuple[int, int]]:
    return [(id_, author) for id_, author in messages if author in authors]


def reader(client: FlaskClient, path: str) -> Read:
    return lambda page: client.get(path, query_string=page).get_json()


def merged(client: FlaskClient, authors: list[int]) -> Read:
    return lambda page: client.post(
        "/v1/timelines", json={"author_ids": authors, **page}
    ).get_json()
