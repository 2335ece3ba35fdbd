"""Following and unfollowing keep rows and counts in step."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import testing
from followers import following, listing
from followers.listing import Numbers
from followers.models import Counts, Follow, db, run
from followers.people import Person

Who = Callable[[str], Person]
PEOPLE = [Person(id_, f"person {id_}") for id_ in (1, 2, 3, 4)]
STEPS = st.tuples(st.booleans(), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE))


def rows(session: Session) -> set[tuple[int, int]]:
    found = session.execute(select(Follow.follower_id, Follow.followee_id)).all()
    session.rollback()
    return {(follower, followee) for follower, followee in found}


def counted(session: Session) -> dict[int, tuple[int, int]]:
    """(followers, followees) of everybody who has any, as the table of counts says."""
    found = session.execute(select(Counts.account_id, Counts.followers, Counts.followees)).all()
    session.rollback()
    return {who: (a, b) for who, a, b in found if (a, b) != (0, 0)}


def counts_of(pairs: set[tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """The same, counted from the rows."""
    followers = Counter(followee for _, followee in pairs)
    followees = Counter(follower for follower, _ in pairs)
    return {who: (followers[who], followees[who]) for who in followers | followees}


@pytest.mark.contract("A.6 Following twice is one follow, 204")
def test_following_twice_is_one_follow(session: Session, person: Who) -> None:
    following.follow(run, person("ada"), person("bob"))
    following.follow(run, person("ada"), person("bob"))
    assert rows(session) == {(1, 2)}
    assert counted(session) == {1: (0, 1), 2: (1, 0)}


def test_a_follow_keeps_both_names_and_the_time(session: Session, person: Who) -> None:
    following.follow(run, person("Søren Ærø"), person("李四"))
    made = session.scalars(select(Follow)).one()
    assert (made.follower_name, made.followee_name) == ("Søren Ærø", "李四")
    assert made.followed_at.tzinfo is not None


@pytest.mark.contract("A.6 Unfollowing someone not followed: 204")
def test_unfollowing_someone_not_followed_changes_nothing(session: Session, person: Who) -> None:
    following.follow(run, person("bob"), person("ada"))
    following.unfollow(run, person("ada"), person("bob"))
    assert rows(session) == {(2, 1)}
    assert counted(session) == counts_of(rows(session))


@pytest.mark.contract("A.6 Self-follow: 204")
def test_who_follows_themself_has_one_follower_and_one_followee(
    session: Session, person: Who
) -> None:
    following.follow(run, person("ada"), person("ada"))
    assert counted(session) == {1: (1, 1)}
    following.unfollow(run, person("ada"), person("ada"))
    assert counted(session) == {}


def test_a_count_that_was_lost_does_not_go_below_zero(session: Session, person: Who) -> None:
    following.follow(run, person("ada"), person("bob"))
    session.query(Counts).update({"followers": 0, "followees": 0})
    session.commit()
    following.unfollow(run, person("ada"), person("bob"))
    assert counted(session) == {}


def test_a_count_whose_row_was_lost_is_not_told_as_below_zero(
    session: Session, person: Who
) -> None:
    following.follow(run, person("ada"), person("bob"))
    session.query(Counts).delete()
    session.commit()
    following.unfollow(run, person("ada"), person("bob"))
    assert listing.counts(run, person("bob").id) == Numbers(0, 0)
    assert listing.seen_by(run, person("ada").id, person("bob").id) == (Numbers(0, 0), False)


@pytest.mark.parametrize("verb", [following.follow, following.unfollow])
def test_a_change_is_one_statement_without_a_transaction_around_it(
    session: Session,
    statements: list[Any],
    person: Who,
    verb: Callable[[Session, Person, Person], None],
) -> None:
    verb(run, person("ada"), person("bob"))
    assert [statement.autocommit for statement in statements] == [True]


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, max_size=30))
def test_counts_equal_the_rows_after_any_changes(
    app: Flask, steps: list[tuple[bool, Person, Person]]
) -> None:
    expected: set[tuple[int, int]] = set()
    with app.app_context():
        testing.empty(db)
        session = db.session()
        for is_follow, one, other in steps:
            verb = following.follow if is_follow else following.unfollow
            verb(run, one, other)
            (expected.add if is_follow else expected.discard)((one.id, other.id))
        assert rows(session) == expected
        assert counted(session) == counts_of(expected)
