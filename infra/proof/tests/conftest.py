from collections.abc import Iterator

import pytest

from infra.proof.client import Client
from infra.proof.ledger import Ledger
from infra.proof.tests.stub import Stub, running
from infra.proof.visits import Simulator

NODE = "127.0.0.1"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running() as made:
        yield made


@pytest.fixture
def simulator() -> Simulator:
    return Simulator("simulator:super_safe!")


@pytest.fixture
def client(stub: Stub) -> Client:
    return Client(NODE, stub.port)


@pytest.fixture
def ledger(client: Client, simulator: Simulator) -> Ledger:
    return Ledger(client, simulator)
