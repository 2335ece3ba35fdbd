"""What timelines read at a million messages: by the plan and its counts of rows, never by time.

The world has what misleads the planner: a busy author (1) who fell silent, authors who
never posted, and a wave of hidden messages at the newest end.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from chassis import bootstrap, migrate, testing
from chassis.config import DatabaseUrl
from chassis.testing import Sent, nodes
from messages import moderation
from messages.app import create_app
from messages.config import Config
from messages.models import db
from messages.timelines import FEW, WALKED

MESSAGES = 1_000_000
BUSY, TALKING, SILENT = 1, range(2, 20_002), range(50_000, 60_000)
LOAD = f"""
    INSERT INTO messages.messages (author_id, author_name, text, flagged)
    SELECT CASE WHEN n < {MESSAGES // 2} AND n % 3 = 0 THEN {BUSY}
                ELSE {TALKING.start} + n::bigint * 7919 % {len(TALKING)} END,
           'name', 'a text of usual length, some fifty characters ' || n,
           n > {MESSAGES - 50_000} AND n % 50 <> 0
    FROM generate_series(1, {MESSAGES}) n
"""
# random_page_cost: what a disk costs, and what memory does.
COSTS = (4.0, 1.1)
PAGES = {
    "newest": {},
    "before": {"before": 400_000},
    "after": {"after": 400_000},
    "after the beginning": {"after": 0},
    "between": {"after": 1_000, "before": 999_000},
}
FOLLOWED = {
    "1,000 who talk": list(TALKING[:1_000]),
    "15 silent ones": list(SILENT[:15]),
    "1,000, most of them silent": [*SILENT[:970], *TALKING[:30]],
    "one busy author who fell silent": [BUSY],
    "10,000 with everything in it": [BUSY, *TALKING[:5_000], *SILENT[:4_999]],
}


@pytest.fixture(scope="module")
def app(postgres: Any, config: Config) -> Iterator[Flask]:
    """The service on a database of its own, migrated as usual, with a million messages."""
    urls = [postgres.admin_url, postgres.url("messages_owner", "owner"),
            postgres.url("messages_service", "service")]  # fmt: skip
    as_admin(urls[0], "CREATE DATABASE plans")
    admin, owner, service = (str_of(make_url(url).set(database="plans")) for url in urls)
    bootstrap.bootstrap(admin, "messages", "owner", "service")
    migrate.upgrade(migrate.folder_of("messages"), "messages", owner)
    as_admin(admin, LOAD)
    app = create_app(replace(config, database_url=DatabaseUrl(service)))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    as_admin(urls[0], "DROP DATABASE plans WITH (FORCE)")


@pytest.fixture(scope="module", params=["without statistics", "with statistics"])
def statistics(app: Flask, request: pytest.FixtureRequest, postgres: Any) -> None:
    """Plans must hold for a table just restored as well as for one that was analyzed."""
    if request.param == "with statistics":
        as_admin(str_of(make_url(postgres.admin_url).set(database="plans")), "ANALYZE")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("author_ids", FOLLOWED.values(), ids=FOLLOWED)
def test_many_authors_timeline_reads_by_the_index_and_in_bounds(
    app: Flask, statistics: None, author_ids: list[int], page: dict[str, int]
) -> None:
    for limit in (30, 100):
        body = {"author_ids": author_ids, "limit": limit, **page}
        for plan in plans(app, "POST", "/v1/timelines", json=body):
            walked = WALKED * len(author_ids) if len(author_ids) > FEW else 0
            newest = {"messages_id_idx"} if walked else set()
            assert indexes(plan) == {"messages_author_id_id_idx"} | newest
            assert rows_read(plan) <= walked + len(author_ids) + (limit + 1) ** 2
            assert searches(plan) <= (1 if walked else 0) + len(author_ids) + limit + 1


def test_a_page_that_stands_among_the_newest_is_read_from_there(
    app: Flask, statistics: None
) -> None:
    """A quarter of all who talk posted every fourth of the newest, but for hidden ones."""
    body = {"author_ids": list(TALKING[:5_000]), "limit": 30}
    for plan in plans(app, "POST", "/v1/timelines", json=body):
        assert searches(plan) == 1
        assert rows_read(plan) <= 300


def test_of_authors_who_all_posted_lately_little_more_than_a_page_is_read(
    app: Flask, statistics: None
) -> None:
    """Of each the newest, and then what is no older than the page's last."""
    body = {"author_ids": list(TALKING[:FEW]), "limit": 30, "before": MESSAGES // 2}
    for plan in plans(app, "POST", "/v1/timelines", json=body):
        assert rows_read(plan) <= FEW + 2 * 31


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("author_id", [BUSY, TALKING[0], SILENT[0]])
def test_one_authors_timeline_reads_by_the_index_and_in_bounds(
    app: Flask, statistics: None, author_id: int, page: dict[str, int]
) -> None:
    for plan in plans(app, "GET", f"/v1/users/{author_id}/messages", query_string=page):
        assert indexes(plan) == {"messages_author_id_id_idx"}
        assert rows_read(plan) <= 31


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_everybodys_timeline_steps_over_no_hidden_message(
    app: Flask, statistics: None, page: dict[str, int]
) -> None:
    for plan in plans(app, "GET", "/v1/messages", query_string=page):
        assert indexes(plan) == {"messages_id_idx"}
        assert rows_read(plan) <= 31


@pytest.mark.parametrize("before", [MESSAGES, MESSAGES // 4])
@pytest.mark.parametrize(
    ("flagged_only", "index"), [(False, "messages_pkey"), (True, "messages_flagged_id_idx")]
)
def test_operators_list_messages_by_an_index(
    app: Flask, statistics: None, flagged_only: bool, index: str, before: int
) -> None:
    with app.app_context(), testing.recorded(db) as statements:
        moderation.newest(db.session(), flagged_only, before)
    for plan in explained(app, statements[-1]):
        assert indexes(plan) == {index}
        assert rows_read(plan) <= moderation.LISTED


@pytest.mark.parametrize("before", [MESSAGES, MESSAGES // 4])
@pytest.mark.parametrize("author_id", [BUSY, TALKING[0], SILENT[0]])
def test_operators_find_an_authors_messages_by_indexes(
    app: Flask, statistics: None, author_id: int, before: int
) -> None:
    """The hidden ones are looked through, for they are few."""
    with app.app_context(), testing.recorded(db) as statements:
        moderation.newest_of(db.session(), author_id, flagged_only=False, before=before)
    hidden, shown = statements
    for plan in explained(app, hidden):
        assert indexes(plan) == {"messages_flagged_id_idx"}
    for plan in explained(app, shown):
        assert indexes(plan) == {"messages_author_id_id_idx"}
        assert rows_read(plan) <= moderation.LISTED


def plans(app: Flask, method: str, path: str, **request: Any) -> Iterator[dict[str, Any]]:
    """The plan of the one statement that a request runs, executed, for each of COSTS."""
    with app.app_context(), testing.recorded(db) as statements:
        answer = app.test_client().open(path, method=method, **request)
    assert answer.status_code == 200
    [statement] = statements
    yield from explained(app, statement)


def explained(app: Flask, statement: Sent) -> Iterator[dict[str, Any]]:
    with app.app_context(), db.engine.connect() as connection:
        for cost in COSTS:
            connection.exec_driver_sql(f"SET LOCAL random_page_cost = {cost}")
            yield statement.plan(connection, "ANALYZE", "TIMING OFF")


def indexes(plan: dict[str, Any]) -> set[str]:
    """Through which indexes the table is read; "none" for a scan without one."""
    scans = [node for node in nodes(plan) if node.get("Relation Name") == "messages"]
    return {node.get("Index Name", "none") for node in scans}


def rows_read(plan: dict[str, Any]) -> float:
    """Rows that scans of the table gave or threw away."""
    read = 0.0
    for node in nodes(plan):
        if node.get("Relation Name") == "messages":
            rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            read += (rows + node.get("Rows Removed by Index Recheck", 0)) * node["Actual Loops"]
    return round(read)


def searches(plan: dict[str, Any]) -> int:
    return sum(node.get("Index Searches", 0) for node in nodes(plan))


def as_admin(url: str, statement: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))


def str_of(url: Any) -> str:
    return str(url.render_as_string(hide_password=False))
