"""Prometheus metrics; every name of this service's own stands here."""

from prometheus_client import Counter

from chassis.gauges import SchemaGauge, estimated_rows

posted = Counter(
    "minitwit_messages_posted", "Messages stored, by who asked for it", ["origin"], registry=None
)
posted_on_web = posted.labels("web")
posted_by_simulator = posted.labels("simulator")
ALL = (posted,)

GAUGES = (SchemaGauge("minitwit_messages", "Messages, about", estimated_rows("messages.messages")),)
