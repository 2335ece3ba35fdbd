"""Commands that change one stack run one after the other."""

import base64
from typing import Any

import pytest

from infra.swarm import lock
from infra.swarm.docker import DockerFailed
from infra.swarm.settings import Settings
from infra.swarm.tests.engine import Engine
from infra.trouble import Trouble

SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1")
NAME = "minitwit_lock"


class Once(Engine):
    """Which makes no second config of one name, and may lose an answer to its creation."""

    lost: type[BaseException] | None = None

    def docker(self, kind: str, verb: str, *words: str, given: str = "") -> str:
        if verb == "create" and (kind, words[-2]) in self.known:
            raise DockerFailed("docker config create: name conflicts with an existing object")
        made = super().docker(kind, verb, *words, given=given)
        if verb == "create" and (lost := self.lost):
            raise lost("docker config create: connection reset by peer")
        return made


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Once:
    made = Once()
    for name in ("docker", "inspect"):
        monkeypatch.setattr(lock, name, getattr(made, name))
    monkeypatch.setattr(lock, "POLL_SECONDS", 0.0)
    return made


def held_by(engine: Engine, who: str) -> None:
    data = base64.b64encode(who.encode()).decode()
    engine.known["config", NAME] = {"Spec": {"Name": NAME, "Labels": {}, "Data": data}}


def test_the_lock_is_released_however_the_command_ends(engine: Engine) -> None:
    for error in (None, ZeroDivisionError, KeyboardInterrupt):
        try:
            with lock.alone(SETTINGS):
                assert list(engine.known) == [("config", NAME)]
                if error:
                    raise error
        except (ZeroDivisionError, KeyboardInterrupt):
            pass
        assert not engine.known


def test_a_lock_whose_creation_was_not_answered_is_ones_own(engine: Once) -> None:
    """As where the connection was lost: nobody else holds it, so nobody would release it."""
    engine.lost = DockerFailed
    with lock.alone(SETTINGS):
        assert list(engine.known) == [("config", NAME)]
    assert not engine.known


def test_a_command_that_is_interrupted_while_it_locks_leaves_no_lock(engine: Once) -> None:
    engine.lost = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        _enter()
    assert not engine.known


def test_who_comes_second_is_told_of_the_first_and_waits(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    held_by(engine, "restore by jane@laptop")
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            del engine.known["config", NAME]

    monkeypatch.setattr(lock.time, "sleep", sleep)
    with lock.alone(SETTINGS):
        out = capsys.readouterr().out
    assert len(waited) == 3
    assert out.count("Waiting: restore by jane@laptop is changing") == 1
    assert f"docker config rm {NAME}" in out


def test_who_holds_the_lock_is_known_to_all(engine: Engine) -> None:
    assert not lock.holder(SETTINGS)
    held_by(engine, "restore by jane@laptop since noon")
    assert lock.holder(SETTINGS) == (
        "restore by jane@laptop since noon is changing this stack; "
        f"if that was killed, `docker config rm {NAME}` removes its lock"
    )


def test_a_lock_released_while_it_is_examined_is_taken(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_by(engine, "deploy by jane@laptop")
    asked = lock.docker

    def refused_at_the_last_moment(*words: str, **options: str) -> str:
        try:
            return asked(*words, **options)
        finally:
            engine.known.pop(("config", NAME), None)
            monkeypatch.setattr(lock, "docker", asked)

    monkeypatch.setattr(lock, "docker", refused_at_the_last_moment)
    with lock.alone(SETTINGS):
        assert list(engine.known) == [("config", NAME)]


def test_a_command_presumed_dead_does_not_release_its_successors_lock(engine: Engine) -> None:
    with lock.alone(SETTINGS):
        engine.known.clear()
        held_by(engine, "restore by jane@laptop")
    assert list(engine.known) == [("config", NAME)]


def test_a_lock_that_can_not_be_released_is_reported(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with lock.alone(SETTINGS):
        engine.used.add(NAME)
    assert f"it is in use; `docker config rm {NAME}` does it" in capsys.readouterr().out


def test_waiting_for_a_lock_times_out_and_leaves_it_in_place(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_by(engine, "deploy by jane@laptop")
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(Trouble, match=r"waiting: deploy by jane@laptop .*config rm"):
        _enter()
    assert ("config", NAME) in engine.known


def test_an_engine_that_says_no_for_another_reason_is_told_of(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise DockerFailed("docker config create: this node is not a swarm manager")

    monkeypatch.setattr(lock, "docker", refuse)
    with pytest.raises(DockerFailed, match="not a swarm manager"):
        _enter()


def _enter() -> None:
    with lock.alone(SETTINGS):
        pytest.fail("somebody else has the lock")
