"""The state folder: whose it is, and that nothing else is taken for one."""

import json
import os
import shutil
from pathlib import Path

import pytest

from dev import privileges
from dev.state import State
from dev.trouble import Trouble
from tests.system import copy_of


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    state = State(tmp_path / "deep" / "state")
    user = state.claim()
    assert user == privileges.owner(state.folder)
    assert user != 0


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(Trouble, match="is a file"):
        State(tmp_path / "state").claim()


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(Trouble, match="is no state folder of MiniTwit"):
        State(tmp_path).claim()
    assert privileges.owner(tmp_path / "precious") == os.geteuid()


def test_what_goes_while_it_is_handed_over_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may start a second system by mistake where the first one's Postgres is at work."""
    for name in ("first", "goes", "last"):
        (tmp_path / "folder" / name).mkdir(parents=True)
        (tmp_path / "folder" / name / "file").touch()
    given: list[str] = []

    def chown(path: Path, user: int, *_: object, **__: object) -> None:
        if "goes" in path.parts:
            shutil.rmtree(tmp_path / "folder" / "goes", ignore_errors=True)
            raise FileNotFoundError
        given.append(str(path.relative_to(tmp_path)))

    monkeypatch.setattr(privileges, "is_root", lambda: True)
    monkeypatch.setattr(os, "chown", chown)
    privileges.hand_over(tmp_path / "folder", os.geteuid() + 1)
    folder = ["folder", "folder/first", "folder/first/file", "folder/last", "folder/last/file"]
    assert sorted(set(given)) == folder


def test_a_folder_serves_one_system_at_a_time(tmp_path: Path) -> None:
    first = State(tmp_path / "state")
    first.claim()
    first.open()
    first.announce({"url": "http://127.0.0.1:1"})
    with pytest.raises(Trouble, match=r"runs from .* already \(http://127.0.0.1:1\)"):
        State(tmp_path / "state").open()


def test_a_damaged_system_file_is_as_good_as_none(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.system.write_text("{")
    assert state.running() == {}
    state.announce({"pid": 1})
    assert json.loads(state.system.read_text()) == {"pid": 1}


def test_a_database_that_was_there_once_is_remembered(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.claim()
    state.open()
    assert not state.has_database()
    state.remember_database()
    assert state.has_database()


def test_a_copy_of_what_a_system_left_has_no_pipes_to_wait_at(tmp_path: Path) -> None:
    left = State(tmp_path / "left")
    left.claim()
    left.open()
    left.log("web").write_text("{}\n")
    os.mkfifo(left.logs / "gateway.pipe")
    copy_of(left.folder, tmp_path / "copy")
    copy = State(tmp_path / "copy")
    assert copy.postgres.is_dir()
    assert not copy.logs.exists()
    copy.open()
