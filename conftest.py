"""What every test may ask for: a real Postgres with the real schemas."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis import bootstrap, migrate
from dev.postgres import Cluster, cluster

ROOT = Path(__file__).parent


def pytest_configure() -> None:
    """Start programs as a terminal does: what a script runs in the background ignores these."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


@dataclass(frozen=True)
class Urls:
    """SQLAlchemy URLs of one schema's roles."""

    admin_url: str
    owner_url: str
    service_url: str


class Schemas(dict[str, Urls]):
    """Schema by name; each is made and migrated when a test first asks for it."""

    def __init__(self, postgres: Cluster) -> None:
        self.postgres = postgres

    def __missing__(self, schema: str) -> Urls:
        bootstrap.bootstrap(self.postgres.admin_url, schema, "owner", "service")
        self[schema] = Urls(
            self.postgres.admin_url,
            self.postgres.url(f"{schema}_owner", "owner"),
            self.postgres.url(f"{schema}_service", "service"),
        )
        migrations = ROOT / "services" / schema / "migrations"
        if migrations.exists():
            migrate.upgrade(migrations, schema, self[schema].owner_url)
        return self[schema]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of this test run's own; nothing in it outlives the run."""
    with cluster(tmp_path_factory.mktemp("postgres")) as made:
        yield made


@pytest.fixture(scope="session")
def database_urls(postgres: Cluster) -> Schemas:
    """`database_urls["users"].service_url` and so on; any other name makes an empty schema."""
    return Schemas(postgres)
