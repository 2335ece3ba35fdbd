"""Prometheus metrics; every name of this service's own stands here."""

from prometheus_client import Counter

from chassis.figures import Figure, rows

changes = Counter(
    "minitwit_follow_changes", "Follows that began or ended", ["change"], registry=None
)
followed = changes.labels("follow")
unfollowed = changes.labels("unfollow")
ALL = (changes,)

FIGURES = (Figure("minitwit_follows", "Follows, about", rows("followers.follows")),)
