"""Users, posts, followers, growth."""

from infra.grafana.panels import Board, Query, Row, graph, number

_BY_ACCOUNT = "/ clamp_min(minitwit:accounts:max, 1)"

BOARD = Board(
    name="business",
    title="Business",
    what="How many there are, and how many more. Numbers of rows are Postgres' own estimates.",
    since="now-7d",
    parts=[
        number("Users", "short", "minitwit:accounts:max", width=6),
        number("Messages", "short", "minitwit:messages:max", width=6),
        number("Follows", "short", "minitwit:follows:max", width=6),
        number(
            "Signed in",
            "short",
            "max(minitwit_sessions_active)",
            width=6,
            what="Sessions that have not ended.",
        ),
        number(
            "New users in a day",
            "short",
            "minitwit:accounts:max - min_over_time(minitwit:accounts:max[1d])",
            width=6,
        ),
        number(
            "New messages in a day",
            "short",
            "minitwit:messages:max - min_over_time(minitwit:messages:max[1d])",
            width=6,
        ),
        number(
            "Messages by user", "short", f"minitwit:messages:max {_BY_ACCOUNT}", decimals=1, width=6
        ),
        number(
            "Followers by user", "short", f"minitwit:follows:max {_BY_ACCOUNT}", decimals=1, width=6
        ),
        Row("Growth"),
        graph("Users", "short", Query("minitwit:accounts:max", "users"), width=8),
        graph("Messages", "short", Query("minitwit:messages:max", "messages"), width=8),
        graph("Follows", "short", Query("minitwit:follows:max", "follows"), width=8),
        Row("What they do"),
        graph(
            "Messages posted",
            "cpm",
            Query(
                "60 * sum by (origin) (rate(minitwit_messages_posted_total[$__rate_interval]))",
                "{{origin}}",
            ),
            what="By where they come from: the pages, or the simulator.",
            stacked=True,
        ),
        graph(
            "Follows and unfollows",
            "cpm",
            Query(
                "60 * sum by (change) (rate(minitwit_follow_changes_total[$__rate_interval]))",
                "{{change}}",
            ),
        ),
        graph(
            "Sign-ups",
            "cpm",
            Query(
                "60 * sum by (url_rule) (rate(minitwit_http_request_duration_seconds_count"
                '{job="users", method="POST", url_rule=~"/v1/users|/api/register", status=~"20."}'
                "[$__rate_interval]))",
                "{{url_rule}}",
            ),
            what="/v1/users are people, /api/register is the simulator.",
            stacked=True,
        ),
        graph(
            "Logins",
            "cpm",
            Query(
                "60 * sum(rate(minitwit_http_request_duration_seconds_count"
                '{job="users", method="POST", url_rule="/v1/sessions", status="201"}'
                "[$__rate_interval]))",
                "signed in",
            ),
            Query(
                "60 * sum by (reason) (rate(minitwit_login_failures_total[$__rate_interval]))",
                "failed: {{reason}}",
            ),
        ),
        graph("Signed in", "short", Query("max(minitwit_sessions_active)", "sessions"), width=24),
    ],
)
