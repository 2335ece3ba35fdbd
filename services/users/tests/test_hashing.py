"""Hashing is bounded, and holds up nothing else."""

import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from nacl.pwhash import argon2id

from chassis.errors import TryLater
from chassis.testing import is_error
from tests.system import PATIENCE
from users import hashing, tools
from users.fair_semaphore import FairSemaphore
from users.hashing import Hasher
from users.models import db


@pytest.fixture
def crowd(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every hashing slot is taken, and nobody waits for one."""
    monkeypatch.setattr(hashing, "PATIENCE_SECONDS", 0)
    hasher = tools.of(app).hasher
    with hasher.slot(), hasher.slot():
        yield


@pytest.fixture
def access(ada: Any) -> dict[str, str]:
    headers: dict[str, str] = ada.access(ada.log_in())
    return headers


def ask(client: FlaskClient, what: str, headers: dict[str, str]) -> Any:
    """One of the requests that need a hash."""
    ada = {"username": "ada", "password": "]=)[X{Km{z"}
    bob = {"username": "bob", "email": "a@b", "password": "x", "pwd": "x"}
    change = {"current_password": "]=)[X{Km{z", "new_password": "new"}
    bodies = {"/v1/sessions": ada, "/v1/password": change}
    return client.post(what, headers=headers, json=bodies.get(what, bob))


HASHING = ["/v1/users", "/v1/sessions", "/v1/password", "/api/register"]


@pytest.mark.parametrize("what", HASHING)
def test_in_a_crowd_one_is_asked_to_come_back(
    client: FlaskClient, access: dict[str, str], crowd: None, what: str
) -> None:
    answer = ask(client, what, access)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    if what.startswith("/api/"):
        assert is_error(answer, 503)
    else:
        assert answer.json["slug"] == "unavailable"


@pytest.mark.parametrize(("threads", "checks"), [(1, 1), (2, 1), (8, 4)])
def test_checks_of_passwords_get_half_of_the_threads(
    client: FlaskClient, access: dict[str, str], make_client: Any, threads: int, checks: int
) -> None:
    made = make_client(threads=threads)
    hasher = tools.of(made.application).hasher
    with ExitStack() as held:
        for _ in range(checks):
            assert ask(made, "/v1/sessions", {}).status_code == 201
            held.enter_context(hasher.checking())
        for what in ("/v1/sessions", "/v1/password"):
            answer = ask(made, what, access)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert ask(made, "/api/register", {}).status_code == 204
    assert ask(made, "/v1/password", access).status_code == 204


def test_as_many_at_once_as_was_set_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PATIENCE_SECONDS", 0)
    hasher = Hasher(3, checks=1)
    with hasher.slot(), hasher.slot():
        assert hasher.matches(hasher.hash("x"), "x")
        with hasher.slot(), pytest.raises(TryLater):
            hasher.hash("x")
        assert not hasher.matches(hasher.hash("x"), "y")


def test_registering_does_not_wait_behind_password_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PATIENCE_SECONDS", PATIENCE)
    hasher, begun, over = Hasher(2, checks=9), Event(), Event()
    kept = hasher.hash("x")

    def verify(*_: bytes) -> bool:
        begun.set()
        return over.wait(PATIENCE)

    monkeypatch.setattr(argon2id, "verify", verify)
    with ThreadPoolExecutor(9) as crowd:
        checks = [crowd.submit(hasher.matches, kept, "x") for _ in range(9)]
        assert begun.wait(PATIENCE)
        assert hasher.hash("y") != kept
        assert not any(check.done() for check in checks)
        over.set()


def test_all_hashes_of_a_check_share_one_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its caller, who has hung up by then, has told people that nothing was done."""
    clock, waited = SimpleNamespace(now=0.0), list[float]()

    def wait(_: FairSemaphore, seconds: float) -> bool:
        waited.append(seconds)
        clock.now += min(seconds, 1.0)
        return True

    monkeypatch.setattr(hashing, "monotonic", lambda: clock.now)
    monkeypatch.setattr(FairSemaphore, "acquire", wait)
    hasher = Hasher(1, checks=1)
    with hasher.checking():
        hasher.hash("x")
        hasher.hash("y")
    hasher.hash("z")
    assert waited == [0, 1.5, 0.5, 1.5]


def test_a_hash_gives_its_memory_back() -> None:
    """Otherwise every thread that serves requests would end up holding a hash's, 19 MiB."""
    hasher = Hasher(2, checks=1)
    before = resident_bytes()
    with ThreadPoolExecutor(8) as crowd:
        assert len(set(crowd.map(hasher.hash, "x" * 8))) == 8
        assert resident_bytes() - before < hashing.MEMORY_BYTES


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Watching(Hasher):
    """Notes how many database connections are in use while it hashes."""

    def __init__(self) -> None:
        super().__init__(1, checks=1)
        self.in_use: list[int] = []

    @contextmanager
    def slot(self, *before: FairSemaphore) -> Iterator[None]:
        self.in_use.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]
        with super().slot(*before):
            yield


@pytest.mark.parametrize("what", HASHING)
def test_no_connection_is_held_while_hashing(
    app: Flask,
    client: FlaskClient,
    access: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    hasher = Watching()
    monkeypatch.setitem(app.extensions, tools.EXTENSION, replace(tools.of(app), hasher=hasher))
    assert ask(client, what, access).status_code < 300
    assert set(hasher.in_use) == {0}
