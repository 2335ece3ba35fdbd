"""Who follows whom, and how many."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from chassis.paging import Page, PageRequest, cut
from chassis.statements import Prepared, Run

MOST_IDS = 10_000
# Aggregated by Postgres, since fetching so many rows costs more. Without bounds, and with one plan
# for all accounts, the planner has no choice but the index on follower_id, which includes the ids.
_IDS = Prepared("""
    SELECT coalesce(json_agg(followee_id), '[]')::text FROM (
        SELECT followee_id FROM followers.follows WHERE follower_id = %(account)s
        ORDER BY id DESC LIMIT %(limit)s
    ) AS newest
""")
_IS_FOLLOWING = """
    SELECT 1 FROM followers.follows WHERE follower_id = %(follower)s AND followee_id = %(account)s
"""
_COUNTS = """
    SELECT greatest(followers, 0) AS followers, greatest(followees, 0) AS followees
    FROM followers.counts WHERE account_id = %(account)s
"""
_SEEN = f"""
    SELECT coalesce(max(followers), 0), coalesce(max(followees), 0), EXISTS ({_IS_FOLLOWING})
    FROM ({_COUNTS}) AS counted
"""


@dataclass(frozen=True)
class Numbers:
    """How many follow a person, and how many that person follows."""

    followers: int
    followees: int


def followees(run: Run, account_id: int, page: PageRequest) -> Page[Any]:
    """Whom a person follows: rows of (cursor, id, name), newest follow first."""
    return _page(run, "follower", "followee", account_id, page)


def followers(run: Run, account_id: int, page: PageRequest) -> Page[Any]:
    """Who follows a person: rows of (cursor, id, name), newest follow first."""
    return _page(run, "followee", "follower", account_id, page)


def followee_ids(run: Run, account_id: int) -> str:
    """The ids of the newest 10,000 whom a person follows, as JSON."""
    [(ids,)] = run(_IDS, {"account": account_id, "limit": MOST_IDS})
    return str(ids)


def followee_names(run: Run, account_id: int, count: int) -> list[str]:
    """The names of the newest `count` whom a person follows."""
    page = PageRequest()
    statement = _listed("follower", page.order, "followee_name")
    values = {"account": account_id, **page.bounds(), "limit": count}
    return [name for (name,) in run(statement, values)]


def counts(run: Run, account_id: int) -> Numbers:
    """Both numbers of a person; zeros for one who never followed nor was followed."""
    for row in run(_COUNTS, {"account": account_id}):
        return Numbers(*row)
    return Numbers(0, 0)


def seen_by(run: Run, account_id: int, follower_id: int) -> tuple[Numbers, bool]:
    """The numbers of a person, and whether another one follows them."""
    [(*numbers, is_followed)] = run(_SEEN, {"account": account_id, "follower": follower_id})
    return Numbers(*numbers), is_followed


def _page(run: Run, one: str, other: str, account_id: int, page: PageRequest) -> Page[Any]:
    statement = _listed(one, page.order, f"id, {other}_id, {other}_name")
    return cut(run(statement, {"account": account_id, **page.bounds()}), page)


@cache
def _listed(one: str, order: str, what: str) -> str:
    """Select `what` from the follows whose `one` side (follower or followee) is the account.

    Rows are compared in the order of the index: by `id` alone the planner may walk all newer
    follows of everybody else. This way, it can at worst read and sort all of the account's own,
    where it expects few.
    """
    return f"""
    SELECT {what} FROM followers.follows
    WHERE ({one}_id, id) > (%(account)s, %(after)s) AND ({one}_id, id) < (%(account)s, %(before)s)
    ORDER BY {one}_id {order}, id {order} LIMIT %(limit)s
"""
