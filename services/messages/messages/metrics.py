"""Prometheus metrics; every name of this service's own stands here."""

from prometheus_client import Counter

from chassis.figures import Figure, rows

posted = Counter(
    "minitwit_messages_posted", "Messages stored, by who asked for it", ["origin"], registry=None
)
posted_on_web = posted.labels("web")
posted_by_simulator = posted.labels("simulator")
ALL = (posted,)

FIGURES = (Figure("minitwit_messages", "Messages, about", rows("messages.messages")),)
