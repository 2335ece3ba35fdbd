"""Two clusters: one that is written to, one that is restored into."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from nacl.pwhash import argon2id

from chassis import bootstrap, migrate
from dev.postgres import Cluster, cluster, program
from dev.secrets import SCHEMAS
from infra.backup import dump
from infra.backup.postgres import ask, connected
from infra.backup.store import Dump, Store
from tests.system import PATIENCE

ROOT = Path(__file__).parents[3]
PASSWORDS = {
    f"{schema}_{kind}": f"{schema}-{kind}" for schema in SCHEMAS for kind in ("owner", "service")
}

MESSAGE = "INSERT INTO messages.messages (author_id, author_name, text) VALUES (1, 'Ada', %s)"
FOLLOW = (
    "INSERT INTO followers.follows (follower_id, follower_name, followee_id, followee_name) "
    "VALUES (%s, 'Ada', %s, 'Bob')"
)


@pytest.fixture(scope="package", autouse=True)
def _programs() -> Iterator[None]:
    """pg_dump and the others are those of the wheel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(program("pg_dump")).parent), prepend=os.pathsep)
        yield


def fill(made: Cluster) -> None:
    """The schemas of the system, with roles, and the account of Ada."""
    for schema in SCHEMAS:
        owner, service = PASSWORDS[f"{schema}_owner"], PASSWORDS[f"{schema}_service"]
        bootstrap.bootstrap(made.admin_url, schema, owner, service)
        folder = ROOT / "services" / schema / "migrations"
        migrate.upgrade(folder, schema, made.url(f"{schema}_owner", owner))


@pytest.fixture(scope="package")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A system's database."""
    with cluster(tmp_path_factory.mktemp("source")) as made:
        fill(made)
        yield made


@pytest.fixture(scope="package")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("target")) as made:
        yield made


@pytest.fixture
def target(other: Cluster) -> Cluster:
    """A cluster in which there is nothing, not even a role."""
    with connected(other.admin_url) as connection:
        for schema in SCHEMAS:
            ask(connection, f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        there = ask(connection, "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", list(ROLES))
        for (role,) in there:
            ask(connection, f"DROP OWNED BY {role} CASCADE")
            ask(connection, f"DROP ROLE {role}")
    return other


ROLES = (*PASSWORDS, "backup")
Say = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def say(target: Cluster) -> Say:
    """Puts a statement to the restored database."""

    def put(statement: str) -> list[tuple[object, ...]]:
        with connected(target.admin_url) as connection:
            return ask(connection, statement)

    return put


def is_locked(store: Store) -> bool:
    """Whether somebody works in there alone."""
    with (store.folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def writers(source: Cluster) -> Iterator[None]:
    """Messages and follows are written all the while; a first one is there at the start."""
    begun, over = [Event(), Event()], Event()

    def write(number: int, statement: str, values: tuple[str, ...]) -> None:
        written = 0
        while not over.is_set():
            with connected(source.admin_url) as connection:
                for _ in range(20):
                    written += 1
                    ask(connection, statement, *(value.format(written) for value in values))
            begun[number].set()

    work = [(0, MESSAGE, ("number {}",)), (1, FOLLOW, ("{}", "7"))]
    threads = [Thread(target=write, args=each) for each in work]
    for thread in threads:
        thread.start()
    try:
        assert all(event.wait(PATIENCE) for event in begun)
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


@pytest.fixture(scope="package")
def taken(source: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Dump:
    """A dump taken while writers wrote."""
    kept = argon2id.str(b"a good one", 1, 8192).decode()
    account = "INSERT INTO users.accounts (name, email, password_hash) VALUES ('Ada', 'a@b', %s)"
    with connected(source.admin_url) as connection:
        ask(connection, account, kept)
    with writers(source):
        return dump.take(source.admin_url, tmp_path_factory.mktemp("dumps"), account="Ada")
