"""What the tests of the whole system share: one real system, and whoever comes to it."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.people import Browser, Simulator
from tests.system import PATIENCE, System, copy_of, started
from tests.world import World, assembled, emptied
from web import latest

_numbers = count(1)


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Shared by all tests; whoever stops a part of it starts it again.

    It begins without a row, or with a copy of the state folder that SYSTEM_STATE names, such as
    one with a restored database.
    """
    folder = tmp_path_factory.mktemp("system") / "state"
    if given := os.environ.get("SYSTEM_STATE"):
        copy_of(Path(given), folder)
    with started(folder) as made:
        yield made


@pytest.fixture(scope="session")
def new_name() -> Callable[[], str]:
    """A name that nobody has; unknown to everybody until it is registered."""
    run = uuid4().hex[:6]
    return lambda: f"Ada {run} {next(_numbers)}"


@pytest.fixture(scope="session")
def new_number() -> Callable[[], int]:
    """A number that no test has used."""
    return partial(next, count(1_000_000))


@pytest.fixture
def name(new_name: Callable[[], str]) -> str:
    """Nobody's name."""
    return new_name()


@pytest.fixture(scope="session")
def simulator(system: System) -> Simulator:
    """Speaks the simulator's protocol."""
    return Simulator(system.url)


@pytest.fixture
def registered(simulator: Simulator, new_name: Callable[[], str]) -> Callable[[], str]:
    """Makes an account and gives its name."""

    def register() -> str:
        name = new_name()
        assert simulator.register(name).status_code == 204
        return name

    return register


@pytest.fixture(scope="session")
def registered_once(simulator: Simulator, new_name: Callable[[], str]) -> str:
    """An account that tests use only in ways that no other test depends on."""
    name = new_name()
    assert simulator.register(name).status_code == 204
    return name


@pytest.fixture
def browser(system: System) -> Browser:
    """Nobody is signed in."""
    return Browser(system.url)


@pytest.fixture
def signed_in(system: System, registered: Callable[[], str]) -> Callable[[], Browser]:
    """Makes an account and signs in with it."""
    return lambda: Browser(system.url).sign_in(registered())


@pytest.fixture
def me(signed_in: Callable[[], Browser]) -> Browser:
    """Somebody who is signed in."""
    return signed_in()


@pytest.fixture(scope="session")
def _apps(database_urls: Any) -> Iterator[World]:
    with assembled(database_urls) as world:
        yield world


@pytest.fixture
def world(_apps: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The four services in this process, without a single row; web waits for `latest` of each."""
    monkeypatch.setattr(latest, "ALL_SECONDS", PATIENCE)
    return emptied(_apps)
