"""What `make restore` does to services that run meanwhile."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from infra.swarm import backups, database, deploy, images, lock, remembered, restore, rollout
from infra.swarm.rollout import View
from infra.swarm.settings import SCHEMAS, Settings
from infra.trouble import Trouble

ROOT = Path(__file__).parents[3]
SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1")


def test_names_are_forgotten_before_anybody_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def note(place: Any, name: str, answer: Any = None) -> None:
        def noted(*_: Any, **__: Any) -> Any:
            done.append(name)
            return answer

        monkeypatch.setattr(place, name, noted)

    monkeypatch.setenv("FILE", "newest")
    monkeypatch.setattr(lock, "alone", nullcontext)
    note(remembered, "variables", {})
    note(deploy, "check_swarm")
    note(backups, "make_cluster")
    note(backups, "check")
    note(backups, "image_at_hand", "backup:1")
    note(backups, "perform", "newest restores")
    note(rollout, "start_anew", {"minitwit_web": "since"})
    note(rollout, "await_settled")
    note(deploy, "running_images", dict.fromkeys(SCHEMAS, "an image"))
    note(database, "bootstrap")
    note(database, "migrate")
    note(deploy, "is_whole", False)
    restore.main()
    steps = ("perform", "start_anew", "bootstrap", "await_settled")
    kept = [name for name in done if name in steps]
    assert kept == ["perform", "start_anew", *["bootstrap"] * len(SCHEMAS), "await_settled"]


def test_a_dump_from_before_a_migration_is_brought_to_what_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once all are let in: a migration that fails keeps out nobody else's service."""
    done: list[str] = []

    def note(place: Any, name: str) -> None:
        monkeypatch.setattr(place, name, lambda _, *words: done.append(" ".join([name, *words])))

    monkeypatch.setattr(deploy, "running_images", lambda _: {"users": "u:1", "messages": "m:2"})
    note(database, "bootstrap")
    note(database, "migrate")
    restore.let_in(SETTINGS)
    first, then = done[:2], done[2:]
    assert first == ["bootstrap users u:1", "bootstrap messages m:2"]
    assert then == ["migrate users u:1", "migrate messages m:2"]


def test_on_new_machines_there_is_nobody_to_let_in_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy, "running_images", lambda _: {"postgres": "postgres:18"})
    monkeypatch.setattr(database, "bootstrap", pytest.fail)
    monkeypatch.setattr(database, "migrate", pytest.fail)
    restore.let_in(SETTINGS)


@pytest.mark.parametrize("engine", ["unix:///var/run/docker.sock", "ssh://root@node1"])
def test_a_path_refers_to_the_node_of_the_engine(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is this machine or another."""
    monkeypatch.setattr(restore, "engine", lambda: engine)
    monkeypatch.chdir(tmp_path)
    assert restore.file_of("/srv/there.dump") == Path("/srv/there.dump")
    assert restore.file_of("newest") is None
    (tmp_path / "here.dump").touch()
    if engine.startswith("unix"):
        assert restore.file_of("here.dump") == tmp_path / "here.dump"
        return
    with pytest.raises(Trouble, match=r"here\.dump lies on this machine.*ssh://root@node1"):
        restore.file_of("here.dump")


def test_every_service_that_keeps_names_begins_anew() -> None:
    asks = "/v1/users/by-name/"
    sources = (ROOT / "services").glob("*/*/**/*.py")
    asking = {
        path.relative_to(ROOT / "services").parts[0]
        for path in sources
        if "tests" not in path.parts and asks in path.read_text(encoding="utf-8")
    }
    assert set(restore.KEEP_NAMES) == asking - {"users"}


def test_services_are_restarted_together_and_missing_ones_skipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    there = {"web", "messages"}

    def awaited(service: str, since: str, *, watched: bool) -> View:
        assert not watched
        done.append(f"await {service} {since}")
        return View({}, [])

    monkeypatch.setattr(rollout, "inspect", lambda _, name: [{}] if name in there else [])
    monkeypatch.setattr(rollout, "moment", lambda name: f"since {name}")
    monkeypatch.setattr(rollout, "docker", lambda *words: done.append(f"update {words[-1]}"))
    monkeypatch.setattr(rollout, "await_settled", awaited)
    since = rollout.start_anew("messages", "followers", "web")
    assert since == {"messages": "since messages", "web": "since web"}
    updates, waits = done[:2], done[2:]
    assert updates == ["update messages", "update web"]
    assert waits == ["await messages since messages", "await web since web"]


@pytest.mark.parametrize("is_up", [True, False])
def test_a_restore_builds_nothing_where_backups_are_made(
    is_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = View({"Spec": {"TaskTemplate": {"ContainerSpec": {"Image": "backup:runs"}}}}, [])
    monkeypatch.setattr(backups, "inspect", lambda *_: [{}] if is_up else [])
    monkeypatch.setattr(rollout, "look", lambda _: running)
    monkeypatch.setattr(deploy, "check_swarm", lambda *_: None)
    monkeypatch.setattr(images, "image", lambda *_: "backup:built")
    assert backups.image_at_hand(SETTINGS) == ("backup:runs" if is_up else "backup:built")
