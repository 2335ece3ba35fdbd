"""Who follows whom, and how many."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import paging
from chassis.paging import Page, Slice
from followers.errors import NotFollowing
from followers.models import Counts, Follow

MOST_IDS = 10_000


@dataclass(frozen=True)
class Numbers:
    """How many follow a person, and how many that person follows."""

    followers: int
    followees: int


def followees(session: Session, account_id: int, page: Page) -> Slice[Any]:
    """Whom a person follows: rows of (cursor, id, name), newest follow first."""
    wanted = select(Follow.id.label("cursor"), Follow.followee_id, Follow.followee_name)
    return paging.take(session, wanted.where(Follow.follower_id == account_id), Follow.id, page)


def followers(session: Session, account_id: int, page: Page) -> Slice[Any]:
    """Who follows a person: rows of (cursor, id, name), newest follow first."""
    wanted = select(Follow.id.label("cursor"), Follow.follower_id, Follow.follower_name)
    return paging.take(session, wanted.where(Follow.followee_id == account_id), Follow.id, page)


def followee_ids(session: Session, account_id: int) -> list[int]:
    """The ids of the newest 10,000 whom a person follows."""
    wanted = select(Follow.followee_id).where(Follow.follower_id == account_id)
    return list(session.scalars(wanted.order_by(Follow.id.desc()).limit(MOST_IDS)))


def followee_names(session: Session, account_id: int, count: int) -> list[str]:
    """The names of the newest `count` whom a person follows."""
    wanted = select(Follow.followee_name).where(Follow.follower_id == account_id)
    return list(session.scalars(wanted.order_by(Follow.id.desc()).limit(count)))


def expect_following(session: Session, account_id: int, other_id: int) -> None:
    """NotFollowing unless the one follows the other."""
    found = select(Follow.id).where(
        Follow.follower_id == account_id, Follow.followee_id == other_id
    )
    if session.scalar(found) is None:
        raise NotFollowing()


def counts(session: Session, account_id: int) -> Numbers:
    """Both numbers of a person; zeros for one who never followed nor was followed."""
    found = session.get(Counts, account_id)
    return Numbers(found.followers, found.followees) if found else Numbers(0, 0)
