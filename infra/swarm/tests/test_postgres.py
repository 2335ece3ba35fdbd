"""Which image Postgres gets: never one that would begin an empty cluster beside today's."""

from typing import Any

import pytest

from infra.swarm import deploy, images
from infra.trouble import Trouble

DIGEST = "postgres@sha256:18"
FILES = {
    DIGEST: "/var/lib/postgresql/18/docker",
    "postgres:18.1": "/var/lib/postgresql/18/docker",
    "postgres:19": "/var/lib/postgresql/19/docker",
    "postgres:17": "/var/lib/postgresql/data",
    "custom:1": None,
}


@pytest.fixture(autouse=True)
def _engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has all of these but postgres:19, which it pulls; digests it does not know."""
    there = FILES.keys() - {"postgres:19"}

    def inspect(kind: str, name: str) -> list[dict[str, Any]]:
        told = [f"PGDATA={FILES[name]}", "LANG=C"] if FILES[name] else None
        return [{"Config": {"Env": told}, "RepoDigests": []}] if name in there else []

    def docker(*words: str) -> None:
        there.add(words[-1])

    monkeypatch.setattr(images, "inspect", inspect)
    monkeypatch.setattr(images, "docker", docker)
    monkeypatch.delenv("POSTGRES_IMAGE", raising=False)


def test_what_runs_stays_unless_another_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert deploy.postgres_image(DIGEST) == DIGEST
    monkeypatch.setenv("POSTGRES_IMAGE", "postgres:18.1")
    assert deploy.postgres_image(DIGEST) == "postgres:18.1"


@pytest.mark.parametrize("image", ["postgres:19", "postgres:17", "custom:1"])
def test_one_that_looks_elsewhere_for_the_files_is_refused(
    image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_IMAGE", image)
    with pytest.raises(Trouble, match=rf"{image} is of another major.* empty database.*deploy\.md"):
        deploy.postgres_image(DIGEST)


def test_a_stack_that_has_no_database_yet_may_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_IMAGE", "postgres:19")
    assert deploy.postgres_image(None) == "postgres:19"
