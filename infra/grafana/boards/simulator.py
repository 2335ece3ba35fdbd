"""The simulator: how far it is, whether it gets through, and what it is told when it does not."""

from infra.grafana.panels import GREEN, ORANGE, RED, Board, Query, Row, graph, number

_BUCKETS = 'minitwit_http_request_duration_seconds_bucket{url_rule=~"/api/.*"}'
_ANSWERS = "minitwit_simulator_answers_total"
_WAITS = [(0.0, GREEN), (0.3, RED)]


def _quantile(share: float, *labels: str) -> str:
    by = ", ".join((*labels, "le"))
    return f"histogram_quantile({share}, sum by ({by}) (rate({_BUCKETS}[$__rate_interval])))"


BOARD = Board(
    name="simulator",
    title="Simulator",
    what="It asks once, waits 0.3 s, and counts what it does not get as our error.",
    parts=[
        number("Latest", "none", "minitwit:simulator_latest", what="As GET /api/latest tells it."),
        number(
            "Silent for",
            "s",
            "minitwit:simulator_silence:seconds",
            steps=[(0, GREEN), (60, ORANGE), (300, RED)],
            what="Since its last request with a number.",
        ),
        number("Requests", "reqps", "sum(minitwit:simulator_answers:rate15m)", decimals=2),
        number(
            "Went wrong",
            "percentunit",
            '(sum(minitwit:simulator_answers:rate15m{kind!="ok"}) or vector(0))'
            " / clamp_min(sum(minitwit:simulator_answers:rate15m), 0.000001)",
            steps=[(0, GREEN), (0.01, ORANGE), (0.05, RED)],
            decimals=2,
            what="Any kind of error, in a quarter of an hour.",
        ),
        number(
            "Too late",
            "percentunit",
            "(sum(rate(minitwit_simulator_late_total[15m])) or vector(0))"
            " / clamp_min(sum(minitwit:simulator_answers:rate15m), 0.000001)",
            steps=[(0, GREEN), (0.001, ORANGE), (0.005, RED)],
            decimals=2,
        ),
        number(
            "Registrations that failed",
            "short",
            f"sum(increase({_ANSWERS}"
            '{action="register", kind=~"unavailable|error"}[1d])) or vector(0)',
            steps=[(0, GREEN), (1, RED)],
            decimals=0,
            what="In a day. Each brings errors for weeks: whoever is not registered is unknown.",
        ),
        graph(
            "Latest",
            "none",
            Query("minitwit:simulator_latest", "latest"),
            what="A flat line is a simulator that does not get through.",
        ),
        graph(
            "Silent for",
            "s",
            Query("minitwit:simulator_silence:seconds", "since its last request"),
            steps=[(0, GREEN), (300, RED)],
        ),
        Row("Answers"),
        graph(
            "By action",
            "reqps",
            Query(f"sum by (action) (rate({_ANSWERS}[$__rate_interval]))", "{{action}}"),
            stacked=True,
        ),
        graph(
            "Errors by kind",
            "reqps",
            Query(
                f'sum by (kind) (rate({_ANSWERS}{{kind!="ok"}}[$__rate_interval]))',
                "{{kind}}",
            ),
            what="unavailable and error are ours; the others are what it asked for.",
            stacked=True,
        ),
        graph(
            "Errors by action and kind",
            "reqps",
            Query(
                f'sum by (action, kind) (rate({_ANSWERS}{{kind!="ok"}}[$__rate_interval]))',
                "{{action}}: {{kind}}",
            ),
        ),
        graph(
            "Too late, by action",
            "reqps",
            Query(
                "sum by (action) (rate(minitwit_simulator_late_total[$__rate_interval]))"
                f" or 0 * sum by (action) (rate({_ANSWERS}[$__rate_interval]))",
                "{{action}}",
            ),
            what="As the service saw it; the way there and back comes on top.",
        ),
        Row("Duration"),
        graph(
            "99 of 100 are faster, by route",
            "s",
            Query(_quantile(0.99, "url_rule"), "{{url_rule}}"),
            steps=_WAITS,
        ),
        graph(
            "All routes",
            "s",
            Query(_quantile(0.5), "half are faster"),
            Query(_quantile(0.95), "95 of 100"),
            Query(_quantile(0.999), "999 of 1000"),
            steps=_WAITS,
        ),
    ],
)
