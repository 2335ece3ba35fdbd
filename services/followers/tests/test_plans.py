"""Among 200,000 follows, no statement of any route reads a whole table, nor most of one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from chassis import testing
from chassis.testing import nodes

Token = Callable[[str], dict[str, str]]

# 1 (ada) follows 20,000 and is followed by 20,000; 160,000 follows are among others. All of them
# came about in no order of people.
FILL = """
    INSERT INTO followers.follows (follower_id, follower_name, followee_id, followee_name)
    SELECT * FROM (
        SELECT 1, 'ada', 1000 + n, 'n' || n FROM generate_series(1, 20000) n
        UNION ALL SELECT 1000 + n, 'n' || n, 1, 'ada' FROM generate_series(1, 20000) n
        UNION ALL SELECT 1000 + n % 20000, 'n', 30000 + n / 8, 'm' FROM generate_series(1, 160000) n
    ) AS each (a, a_name, b, b_name) ORDER BY hashint8(a + 7 * b);
    INSERT INTO followers.counts
    SELECT account_id, sum(followers), sum(followees) FROM (
        SELECT followee_id, 1, 0 FROM followers.follows
        UNION ALL SELECT follower_id, 0, 1 FROM followers.follows
    ) AS each (account_id, followers, followees) GROUP BY account_id;
"""
# random_page_cost: what a disk costs, and what memory does.
COSTS = (4.0, 1.1)
READS = [
    "/v1/users/1/followees",
    "/v1/users/1/followees?before=9000",
    "/v1/users/1/followees?after=9000",
    "/v1/users/1/followers",
    "/v1/users/1/followers?before=30000",
    "/v1/users/1/followers?after=30000",
    "/v1/users/1005/followees",
    "/v1/users/30005/followers",
    "/v1/users/1/followee-ids",
    "/v1/users/1/counts",
    "/v1/users/1/counts?follower=2",
    "/api/fllws/ada",
    "/api/fllws/ada?no=1000",
]


@pytest.fixture
def owner(database_urls: Any) -> Iterator[Connection]:
    """The schema's owner, who fills and empties tables faster than the service may."""
    engine = create_engine(
        database_urls["followers"].owner_url, poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def fresh(app: Flask, owner: Connection) -> Iterator[None]:
    """No vacuum has seen the rows yet: an index alone can't tell that all may see them."""
    owner.execute(text(FILL))
    owner.execute(text("ANALYZE followers.follows, followers.counts"))
    yield
    owner.execute(text("TRUNCATE followers.follows, followers.counts"))


@pytest.fixture
def filled(fresh: None, owner: Connection) -> None:
    owner.execute(text("VACUUM ANALYZE followers.follows, followers.counts"))


def values(plans: list[dict[str, Any]], name: str) -> list[str]:
    """What all nodes of some plans say of themselves, where they do."""
    return [node[name] for plan in plans for node in nodes(plan) if name in node]


@pytest.mark.usefixtures("filled")
def test_no_route_reads_a_whole_table(
    client: FlaskClient, token: Token, statements: list[Any], owner: Connection
) -> None:
    for path in READS:
        assert client.get(path, headers=testing.SIMULATOR).status_code == 200
    for method in ("PUT", "DELETE"):
        assert (
            client.open("/v1/followees/bob", method=method, headers=token("ada")).status_code == 204
        )
    assert len(statements) == len(READS) + 2
    for cost in COSTS:
        owner.execute(text(f"SET random_page_cost = {cost}"))
        plans = [statement.plan(owner) for statement in statements]
        assert "Seq Scan" not in values(plans, "Node Type")
        assert "follows_pkey" not in values(plans, "Index Name")
        lists = plans[: len(READS)]
        assert "Sort" not in values(lists, "Node Type")
        ids = lists[READS.index("/v1/users/1/followee-ids")]
        assert values([ids], "Node Type") == ["Aggregate", "Limit", "Index Only Scan"]


@pytest.mark.usefixtures("fresh")
def test_ids_come_from_their_index_before_any_vacuum(
    client: FlaskClient, statements: list[Any], owner: Connection
) -> None:
    """By the unique one, all of somebody's follows would be read from the table and sorted."""
    assert client.get("/v1/users/1/followee-ids", headers=testing.SIMULATOR).status_code == 200
    for cost in COSTS:
        owner.execute(text(f"SET random_page_cost = {cost}"))
        plan = statements[0].plan(owner)
        assert values([plan], "Index Name") == ["follows_follower_id_id_idx"]
