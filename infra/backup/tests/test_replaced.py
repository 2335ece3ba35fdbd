"""WAL keeps coming while clusters go and come back, or others take their place."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest

from dev import ports
from dev.postgres import Cluster, cluster
from infra.backup import wal
from infra.backup.role import make_role
from infra.backup.store import Store
from tests.system import eventually

PASSWORD = "backup"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backups")


@pytest.fixture
def port() -> int:
    """Where all clusters are found, one after the other."""
    return ports.free(20_000)


@pytest.fixture
def receiver(port: int, store: Store) -> Iterator[wal.Receiver]:
    """For whichever cluster is there."""
    url = f"postgresql+psycopg2://backup:{PASSWORD}@127.0.0.1:{port}/minitwit"
    made = wal.Receiver(url, store)
    yield made
    made.stop()


@contextmanager
def running(folder: Path, port: int) -> Iterator[Cluster]:
    with cluster(folder, port) as made:
        make_role(made.admin_url, PASSWORD)
        yield made


def await_current(receiver: wal.Receiver) -> None:
    eventually(lambda: receiver.tend() or receiver.is_current)


def test_a_cluster_in_place_of_another_is_received_in_a_folder_of_its_own(
    tmp_path: Path, port: int, store: Store, receiver: wal.Receiver
) -> None:
    """Though the program, whose slot went with the first cluster, goes on asking for it."""
    with running(tmp_path / "first", port) as first:
        await_current(receiver)
        of_first = wal.system(first.admin_url)
    with running(tmp_path / "second", port) as second:
        await_current(receiver)
        of_second = wal.system(second.admin_url)
    for system in (of_first, of_second):
        assert list(wal.segments(store.wal(system)))


def test_a_cluster_that_comes_back_is_received_by_the_program_that_waited_for_it(
    tmp_path: Path, port: int, receiver: wal.Receiver
) -> None:
    with running(tmp_path / "first", port):
        await_current(receiver)
        child = receiver._child
    with pytest.raises(psycopg2.OperationalError):
        receiver.tend()
    with running(tmp_path / "first", port):
        await_current(receiver)
    assert receiver._child is child
