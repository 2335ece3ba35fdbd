"""Events against a stub: what is counted, what is missed, what is said of it."""

import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.proof import bars, events, run, table
from infra.proof.__main__ import chosen_rate, chosen_settings
from infra.proof.client import Client
from infra.proof.crowd import Crowd
from infra.proof.events import Event
from infra.proof.ledger import Ledger
from infra.proof.load import Load
from infra.proof.run import Proof, Row
from infra.proof.scene import Scene
from infra.proof.tests.conftest import NODE
from infra.proof.tests.stub import Stub
from infra.proof.visits import Simulator
from infra.swarm.settings import SERVICES, Settings
from infra.trouble import Trouble
from tests.system import eventually

Prove = Callable[[Callable[[Scene], None]], Row]
NODES = [NODE, "10.0.0.2"]


@pytest.fixture
def prove(
    client: Client, simulator: Simulator, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Prove]:
    """The row of an event of which it is asked that nothing fails and nothing is lost."""
    monkeypatch.setattr(run, "QUIET_SECONDS", 0.3)
    monkeypatch.setattr(run, "SETTLE_SECONDS", 0.3)
    scene = Scene(Settings("stub", "", 0, ""), [client])
    crowd = Crowd(client, simulator, ledger, "run")
    crowd.gather()
    with Load(scene.clients, crowd.following, 100) as load:
        proof = Proof(scene, load, ledger)

        def prove(happen: Callable[[Scene], None]) -> Row:
            event = Event("test", "a test", happen, (bars.nothing_fails, bars.nothing_is_lost))
            return next(proof.run([event], time.monotonic() + 60))

        yield prove


def test_an_event_that_nobody_notices_meets_its_bars(prove: Prove) -> None:
    row = prove(lambda scene: None)
    assert row.missed == ()
    assert row.figures.samples


def test_what_fails_meanwhile_is_counted_and_told(prove: Prove, stub: Stub, tmp_path: Path) -> None:
    refused: list[str] = []

    def refuse(method: str, path: str) -> int:
        refused.append(path)
        return 502

    def happen(scene: Scene) -> None:
        stub.status = refuse
        eventually(lambda: len(refused) >= 10)
        stub.status = lambda method, path: None

    row = prove(happen)
    failed = len(row.figures.failed)
    assert row.missed == (f"{failed} failed",)
    assert failed >= 10
    assert "status 502; the first after 0." in next(table.failures(row))
    shown = list(table.table([row], NODES))
    assert shown[1].startswith("a test")
    assert shown[1].endswith("missed")
    table.write(tmp_path / "table.csv", [row])
    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(row.figures.samples)
    assert sum(line["error"] == "status 502" for line in lines) == failed


def test_what_was_acknowledged_and_is_gone_is_counted(prove: Prove, stub: Stub) -> None:
    forgotten: list[str] = []

    def forget(text: str) -> bool:
        forgotten.append(text)
        return True

    def happen(scene: Scene) -> None:
        stub.forgets = forget
        eventually(lambda: len(forgotten) >= 5)
        stub.forgets = lambda text: False

    row = prove(happen)
    assert row.missed == (f"{row.figures.lost} acknowledged writes lost",)
    assert row.figures.lost > 0


def test_an_event_that_goes_wrong_is_missed_and_says_why(prove: Prove) -> None:
    def happen(scene: Scene) -> None:
        raise Trouble("the swarm said no")

    assert prove(happen).missed == ("the swarm said no",)


def test_an_event_whose_figures_cannot_be_read_is_missed_for_that_alone(
    prove: Prove, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> list[str]:
        raise Trouble("the ledger can't be compared")

    monkeypatch.setattr(Ledger, "lost", unreadable)
    assert prove(lambda _: None).missed == ("the ledger can't be compared",)


def test_events_are_chosen_by_name() -> None:
    named = [event.title for event in events.chosen("kill, drain", NODES)]
    assert named[0] == "node 2 drained and back"
    assert len(named) == 1 + len(SERVICES)
    assert len(events.chosen("", NODES)) > 15
    with pytest.raises(Trouble, match="nothing is none of drain, rolling"):
        events.chosen("nothing", NODES)


@pytest.mark.parametrize("rate", ["many", "0", "-1", "61", "nan"])
def test_a_rate_that_can_be_none_is_refused(rate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a whole stack is started for it."""
    monkeypatch.setenv("RATE", rate)
    with pytest.raises(Trouble, match=f"RATE={rate} is no number"):
        chosen_rate()
    monkeypatch.setenv("RATE", "")
    assert chosen_rate() == 40.0


def test_the_proofs_stack_has_a_name_and_a_port_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STACK", "GATEWAY_PORT"):
        monkeypatch.setenv(name, "")
    settings = chosen_settings()
    assert (settings.stack, settings.port) == ("proof", 8477)
    monkeypatch.setenv("GATEWAY_PORT", "many")
    with pytest.raises(Trouble, match="GATEWAY_PORT=many is no port"):
        chosen_settings()
