"""Two clusters: one that is written to, one that is restored into."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chassis import bootstrap, migrate
from dev.postgres import Cluster, cluster, program
from infra.backup.postgres import ask, connected

ROOT = Path(__file__).parents[3]
SCHEMAS = ("users", "messages", "followers")
PASSWORDS = {
    f"{schema}_{kind}": f"{schema}-{kind}" for schema in SCHEMAS for kind in ("owner", "service")
}


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
