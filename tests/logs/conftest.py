"""One system of these tests' own, from its first line to its last."""

import pytest

from tests.logs.said import Said
from tests.logs.traffic import everything
from tests.system import start


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """All that its processes wrote about all kinds of traffic; it has ended by then."""
    system = start(tmp_path_factory.mktemp("logged") / "state")
    try:
        sown = everything(system)
    finally:
        system.end()
    return Said.of(system.state / "logs", sown)
