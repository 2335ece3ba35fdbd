"""Prometheus metrics; every name of this service's own stands here."""

from prometheus_client import Counter, Histogram

from chassis.gauges import SchemaGauge, estimated_rows

hash_seconds = Histogram(
    "minitwit_password_hash_seconds",
    "Making or checking one password hash",
    registry=None,
    buckets=(0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0),
)
hash_wait_seconds = Histogram(
    "minitwit_password_hash_wait_seconds",
    "Waiting for one's turn to hash, in vain too",
    registry=None,
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 1.5),
)
login_failures = Counter(
    "minitwit_login_failures", "Wrong names and passwords, by reason", ["reason"], registry=None
)
ALL = (hash_seconds, hash_wait_seconds, login_failures)

# Beyond that, counting would take longer than a scrape lets it.
MOST_COUNTED = 100_000
GAUGES = (
    SchemaGauge("minitwit_accounts", "Accounts, about", estimated_rows("users.accounts")),
    SchemaGauge(
        "minitwit_sessions_active",
        f"Sessions that have not ended, {MOST_COUNTED:,} at most",
        "SELECT count(*) FROM (SELECT FROM users.sessions WHERE expires_at > now() "
        f"LIMIT {MOST_COUNTED}) AS active",
    ),
)
