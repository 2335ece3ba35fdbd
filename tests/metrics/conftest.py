"""Their own system, watched by the real Prometheus and Alertmanager at twenty times the pace."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.prometheus import watch as watching
from tests.metrics import outside
from tests.metrics.outages import PACE, Outages
from tests.metrics.outside import Receivers
from tests.people import Simulator
from tests.system import System, eventually, started


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Not the one that other tests share: until all have ended, somebody writes `latest` here."""
    if lacking := watching.missing():
        pytest.skip(f"needs Debian's packages of {', '.join(lacking)}")
    with started(tmp_path_factory.mktemp("watched") / "state") as made:
        yield made


@pytest.fixture(scope="session")
def simulator(system: System) -> Simulator:
    """Speaks to that one."""
    return Simulator(system.url)


@pytest.fixture(scope="session")
def told() -> Iterator[Receivers]:
    """Who is told of alerts."""
    with outside.receivers() as made:
        yield made


@pytest.fixture(scope="session")
def watch(
    system: System,
    told: Receivers,
    new_name: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[watching.Watch]:
    """Every target has been looked at, and there is traffic."""
    folder = tmp_path_factory.mktemp("watch")
    backup = outside.backups(folder / "backups")
    with (
        outside.balancer(system.url, folder) as (public, trusted),
        outside.users(system.url, new_name),
        watching.watching(system.told(), folder, wanted(told, public, trusted, backup)) as made,
    ):
        eventually(lambda: made.query("up") and not made.query("up == 0"))
        yield made


@pytest.fixture(scope="session")
def outages(system: System, watch: watching.Watch) -> Outages:
    """No part has been stopped yet."""
    return Outages(system, watch)


def wanted(told: Receivers, public: str, trusted: Path, backup: str) -> watching.Wanted:
    return watching.Wanted(
        tell=told.addresses(),
        public=[public],
        trusted=str(trusted),
        backup=[backup],
        pace=PACE,
    )
