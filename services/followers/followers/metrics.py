"""Prometheus metrics; every name of this service's own stands here."""

from prometheus_client import Counter

from chassis.gauges import SchemaGauge, estimated_rows

changes = Counter(
    "minitwit_follow_changes", "Follows that began or ended", ["change"], registry=None
)
followed = changes.labels("follow")
unfollowed = changes.labels("unfollow")
ALL = (changes,)

GAUGES = (SchemaGauge("minitwit_follows", "Follows, about", estimated_rows("followers.follows")),)
