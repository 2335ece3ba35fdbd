"""What was acknowledged and cannot be read back is lost; nothing else is."""

import pytest

from infra.proof import ledger as ledger_module
from infra.proof.client import Client
from infra.proof.ledger import Ledger
from infra.proof.tests.stub import Stub
from infra.proof.visits import Simulator
from infra.trouble import Trouble


def test_writes_that_are_there_are_not_lost(
    stub: Stub, client: Client, simulator: Simulator, ledger: Ledger
) -> None:
    for request in (
        simulator.register("ann"),
        simulator.tweet("ann", "hello"),
        simulator.follow("ann", "bob"),
    ):
        assert client.ask(request).status == 204
    ledger.registered("ann")
    ledger.wrote("ann", "hello")
    ledger.followed("ann", "bob")
    assert ledger.lost(ledger.between()) == []


def test_a_write_that_was_acknowledged_and_forgotten_is_lost(
    stub: Stub, client: Client, simulator: Simulator, ledger: Ledger
) -> None:
    stub.names.append("ann")
    stub.forgets = lambda text: text == "second"
    for text in ("first", "second"):
        client.ask(simulator.tweet("ann", text))
        ledger.wrote("ann", text)
    ledger.registered("nobody")
    ledger.followed("ann", "bob")
    lost = {(write.who, write.what) for write in ledger.lost(ledger.between())}
    assert lost == {("ann", "second"), ("nobody", ""), ("ann", "bob")}


def test_only_the_writes_of_a_time_are_asked_for(stub: Stub, ledger: Ledger) -> None:
    ledger.wrote("ann", "before")
    start = ledger.between()[0].at + 1e-9
    ledger.wrote("ann", "after")
    assert [write.what for write in ledger.between(start)] == ["after"]


def test_reading_back_waits_out_errors_but_not_for_ever(
    stub: Stub, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "PATIENCE_SECONDS", 0.1)
    stub.status = lambda method, path: 503
    ledger.wrote("ann", "hello")
    with pytest.raises(Trouble, match="can't be read back"):
        ledger.lost(ledger.between())
