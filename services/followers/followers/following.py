"""Following and unfollowing.

Either is one statement, so that the counts change with the rows or not at all, and
nobody's counts stay locked while an answer travels to the client.
"""

from chassis.statements import Run
from followers import metrics
from followers.people import Person

_FOLLOWED = """
    INSERT INTO followers.follows (follower_id, follower_name, followee_id, followee_name)
    VALUES (%(follower_id)s, %(follower_name)s, %(followee_id)s, %(followee_name)s)
    ON CONFLICT (follower_id, followee_id) DO NOTHING
    RETURNING follower_id, followee_id
"""
_UNFOLLOWED = """
    DELETE FROM followers.follows
    WHERE follower_id = %(follower_id)s AND followee_id = %(followee_id)s
    RETURNING follower_id, followee_id
"""
# Counts are locked in the order of ids, so that two people who follow each other at the same
# moment can't deadlock. Following oneself changes a single row.
_COUNTED = """
    WITH changed AS ({change}),
    steps (account_id, followers, followees) AS (
        SELECT followee_id, {step}, 0 FROM changed
        UNION ALL
        SELECT follower_id, 0, {step} FROM changed
    )
    INSERT INTO followers.counts AS kept (account_id, followers, followees)
    SELECT account_id, sum(followers), sum(followees)
    FROM steps GROUP BY account_id ORDER BY account_id
    ON CONFLICT (account_id) DO UPDATE
    SET followers = greatest(kept.followers + excluded.followers, 0),
        followees = greatest(kept.followees + excluded.followees, 0)
    RETURNING account_id
"""
_FOLLOW = _COUNTED.format(change=_FOLLOWED, step="1")
_UNFOLLOW = _COUNTED.format(change=_UNFOLLOWED, step="-1")


def follow(run: Run, follower: Person, followee: Person) -> None:
    """Let one person follow another, or themself; following twice is one follow."""
    names = {"follower_name": follower.name, "followee_name": followee.name}
    if run(_FOLLOW, {**_ids(follower, followee), **names}):
        metrics.followed.inc()


def unfollow(run: Run, follower: Person, followee: Person) -> None:
    """End a follow; nothing happens if there is none."""
    if run(_UNFOLLOW, _ids(follower, followee)):
        metrics.unfollowed.inc()


def _ids(follower: Person, followee: Person) -> dict[str, int | str]:
    return {"follower_id": follower.id, "followee_id": followee.id}
