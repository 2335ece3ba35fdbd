"""What we promise, how much room for failure is left of it, and how fast that is used up."""

from infra.grafana.panels import GREEN, ORANGE, RED, Board, Panel, Query, Row, graph, number, table

GOALS = {
    "people-availability": "People: pages without an error of ours",
    "people-latency": "People: pages within 0.5 s",
    "simulator-availability": "Simulator: requests without an error of ours",
    "simulator-latency": "Simulator: requests within 0.3 s",
}
_BURNS = [(0.0, GREEN), (1.0, ORANGE), (14.4, RED)]


def _left(slo: str, title: str) -> Panel:
    return number(
        title,
        "percentunit",
        f'1 - minitwit:slo_burn:rate28d{{slo="{slo}"}}',
        "left",
        width=6,
        height=5,
        steps=[(0, RED), (0.01, ORANGE), (0.25, GREEN)],
        decimals=0,
        what="Of the room for failure of the last 28 days, or of as many as are known.",
    )


def _burn(slo: str, title: str) -> Panel:
    return graph(
        title,
        "short",
        *(
            Query(f'minitwit:slo_burn:rate{window}{{slo="{slo}"}}', window)
            for window in ("5m", "1h", "6h", "3d")
        ),
        steps=_BURNS,
        what="1 uses up the room in exactly 28 days; 14.4 over an hour wakes somebody.",
    )


BOARD = Board(
    name="slo",
    title="SLO",
    what="Goals, the budget left, and the alerts that guard it.",
    since="now-2d",
    parts=[
        Row("Budget left"),
        *(_left(slo, title) for slo, title in GOALS.items()),
        Row("How fast it is used up"),
        *(_burn(slo, title) for slo, title in GOALS.items()),
        Row("Behind it"),
        graph(
            "Requests that count",
            "reqps",
            Query("minitwit:slo_requests:rate5m", "{{slo}}"),
            width=8,
        ),
        graph(
            "Requests that went wrong",
            "reqps",
            Query("minitwit:slo_bad:rate5m", "{{slo}}"),
            width=8,
        ),
        graph(
            "Not reachable",
            "percentunit",
            Query('minitwit:slo_unreachable:ratio{slo=~".*-availability"}', "{{slo}}"),
            what="Share of the moment in which requests could not even arrive.",
            most=1,
            width=8,
        ),
        table(
            "Goals",
            "percentunit",
            "max by (slo) (minitwit:slo_objective:ratio)",
            width=8,
            decimals=1,
        ),
        table(
            "Alerts now",
            "none",
            "max by (alertname, severity, service, alertstate) (ALERTS)",
            what="Watchdog is always there.",
            width=16,
        ),
    ],
)
