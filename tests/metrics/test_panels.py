"""Nothing that is drawn or recorded is empty once there has been traffic."""

from collections.abc import Callable
from functools import partial

import pytest

from dev.services import NAMES
from infra.grafana.build import BOARDS
from infra.grafana.panels import Board, Panel, Query
from infra.prometheus.local import quicker
from infra.prometheus.watch import Watch
from tests.metrics.outages import PACE
from tests.people import PASSWORD, Browser, Simulator, quoted
from tests.system import System, eventually

pytestmark = pytest.mark.usefixtures("varied")
FORM = {"email": "a@example.org", "password": PASSWORD, "password2": PASSWORD}
PANELS = [(board, panel) for board in BOARDS for panel in board.panels]


@pytest.fixture(scope="module")
def varied(simulator: Simulator, system: System, new_name: Callable[[], str]) -> None:
    """Something of everything that is counted."""
    name, other = new_name(), new_name()
    for each in (name, other):
        simulator.register(each, latest=1)
    simulator.register(name)
    simulator.tweet(new_name(), "x", latest=2)
    simulator.change(name, follow=other)
    simulator.change(name, unfollow=other)
    visitor = Browser(system.url)
    visitor.send("/register", username=new_name(), **FORM)
    visitor.send("/login", username=name, password="wrong")
    visitor.send("/login", username=name, password=PASSWORD)
    visitor.send("/add_message", text="hello")
    for path in ("/", f"/{quoted(other)}"):
        visitor.go(path)


def asked(query: Query) -> str:
    """As Grafana fills it in, at the watch's pace."""
    text = query.expression.replace("$service", ".*").replace("$__rate_interval", "5m")
    expression: str = quicker({"expr": text}, PACE)["expr"]
    return expression


def test_every_target_is_up(watch: Watch) -> None:
    for target in watch.ask("targets")["activeTargets"]:
        eventually(lambda labels=target["labels"]: watch.query(up(labels)))


def up(labels: dict[str, str]) -> str:
    chosen = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"up{{{chosen}}} == 1"


@pytest.mark.parametrize(
    ("board", "panel"), PANELS, ids=[f"{board.name}-{panel.title}" for board, panel in PANELS]
)
def test_every_query_of_a_panel_gives_data(watch: Watch, board: Board, panel: Panel) -> None:
    for query in panel.queries:
        eventually(partial(watch.query, asked(query)))


def test_every_rule_works_and_every_recording_gives_data(watch: Watch) -> None:
    for group in watch.ask("rules")["groups"]:
        for rule in group["rules"]:
            assert not rule.get("lastError"), rule
            if rule["type"] == "recording":
                eventually(lambda name=rule["name"]: watch.query(name))


def test_every_service_a_choice_offers_is_there(watch: Watch) -> None:
    found = watch.ask("label/job/values", **{"match[]": "minitwit_build"})
    assert found == sorted(NAMES)
