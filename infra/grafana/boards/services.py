"""Rate, errors, duration, dependencies, by service and version."""

from infra.grafana.panels import GREEN, ORANGE, RED, Board, Query, Row, graph, table

_REQUESTS = 'minitwit_http_request_duration_seconds_count{job=~"$service"}'
_ERRORS = 'minitwit_http_request_duration_seconds_count{job=~"$service", status=~"5.."}'
_BUCKETS = 'minitwit_http_request_duration_seconds_bucket{job=~"$service"}'
_CALLS = 'minitwit_provider_call_seconds_count{job=~"$service"}'
_VERSION = (
    "* on (job, instance) group_left (version) max by (job, instance, version) (minitwit_build)"
)


def _per_second(series: str, *labels: str) -> str:
    return f"sum by ({', '.join(labels)}) (rate({series}[$__rate_interval]))"


def _quantile(share: float, buckets: str, *labels: str) -> str:
    return f"histogram_quantile({share}, {_per_second(buckets, *labels, 'le')})"


BOARD = Board(
    name="services",
    title="Services",
    what="What each service is asked, how it answers, and whom it asks in turn.",
    by_service=True,
    parts=[
        graph("Requests", "reqps", Query(_per_second(_REQUESTS, "job"), "{{job}}"), width=8),
        graph(
            "Errors of ours",
            "percentunit",
            Query(
                f"({_per_second(_ERRORS, 'job')} or 0 * {_per_second(_REQUESTS, 'job')})"
                f" / {_per_second(_REQUESTS, 'job')}",
                "{{job}}",
            ),
            what="Answers of 500 and above, as a share of all.",
            steps=[(0, GREEN), (0.01, RED)],
            width=8,
        ),
        graph(
            "Duration, 99 of 100 are faster",
            "s",
            Query(_quantile(0.99, _BUCKETS, "job"), "{{job}}"),
            steps=[(0, GREEN), (0.3, ORANGE)],
            what="The line is what the simulator waits.",
            width=8,
        ),
        Row("Routes"),
        graph(
            "Busiest routes",
            "reqps",
            Query(f"topk(8, {_per_second(_REQUESTS, 'job', 'url_rule')})", "{{job}} {{url_rule}}"),
        ),
        graph(
            "Slowest routes, 95 of 100 are faster",
            "s",
            Query(
                f"topk(8, {_quantile(0.95, _BUCKETS, 'job', 'method', 'url_rule')} > 0)",
                "{{job}} {{method}} {{url_rule}}",
            ),
        ),
        graph(
            "Answers by status",
            "reqps",
            Query(_per_second(_REQUESTS, "status"), "{{status}}"),
            stacked=True,
        ),
        graph(
            "Duration, half are faster",
            "s",
            Query(_quantile(0.5, _BUCKETS, "job"), "{{job}}"),
        ),
        Row("Calls to other services"),
        graph(
            "Calls",
            "reqps",
            Query(_per_second(_CALLS, "job", "provider"), "{{job}} to {{provider}}"),
            width=8,
        ),
        graph(
            "Calls by outcome",
            "reqps",
            Query(_per_second(_CALLS, "provider", "outcome"), "{{provider}}: {{outcome}}"),
            what="The status; unavailable: no answer in time, or one that can't be used; given-up: "
            "not tried, since it hung a moment ago.",
            width=8,
        ),
        graph(
            "Duration of calls, 99 of 100 are faster",
            "s",
            Query(
                _quantile(
                    0.99,
                    'minitwit_provider_call_seconds_bucket{job=~"$service", outcome!="given-up"}',
                    "job",
                    "provider",
                ),
                "{{job}} to {{provider}}",
            ),
            width=8,
        ),
        Row("Versions"),
        table(
            "What runs",
            "none",
            'sum by (job, version, commit) (minitwit:version_replicas:count{job=~"$service"})',
            what="Replicas by version; during a deploy a service has two.",
            width=8,
        ),
        graph(
            "Requests by version",
            "reqps",
            Query(
                "sum by (job, version) (sum by (job, instance)"
                f" (rate({_REQUESTS}[$__rate_interval])) {_VERSION})",
                "{{job}} {{version}}",
            ),
            width=8,
        ),
        graph(
            "Errors by version",
            "reqps",
            Query(
                "sum by (job, version) ((sum by (job, instance)"
                f" (rate({_ERRORS}[$__rate_interval]))"
                f" or 0 * sum by (job, instance) (rate({_REQUESTS}[$__rate_interval])))"
                f" {_VERSION})",
                "{{job}} {{version}}",
            ),
            width=8,
        ),
        Row("Passwords (users)"),
        graph(
            "Hashing a password",
            "s",
            Query(_quantile(0.5, "minitwit_password_hash_seconds_bucket"), "half are faster"),
            Query(_quantile(0.99, "minitwit_password_hash_seconds_bucket"), "99 of 100"),
            steps=[(0, GREEN), (0.3, RED)],
        ),
        graph(
            "Waiting for one's turn to hash",
            "s",
            Query(_quantile(0.5, "minitwit_password_hash_wait_seconds_bucket"), "half are faster"),
            Query(_quantile(0.99, "minitwit_password_hash_wait_seconds_bucket"), "99 of 100"),
            steps=[(0, GREEN), (0.3, RED)],
        ),
    ],
)
