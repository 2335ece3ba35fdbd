"""Backups of the local system by `make`: what the verbs are told, and who is spared."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev import backup, ports
from dev.services import ROOT


def test_a_file_may_be_called_as_it_likes(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    program.chmod(0o755)
    name = 'last night\'s "whole".dump'
    make = ["make", "-s", "-o", "ready", f"VENV={tmp_path}", "LOCAL=yes"]
    for given in ([f"FILE={name}"], []):
        done = subprocess.run([*make, "drill", *given], cwd=ROOT, capture_output=True, text=True)
        expected = ["-m", "dev.backup", "drill", *([name] if given else [])]
        assert done.stdout.splitlines() == expected, done.stderr


@pytest.mark.parametrize("verb", ["restore", "drill"])
def test_without_a_file_it_is_asked_for(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["backup", verb])
    monkeypatch.setenv("PATH", os.environ["PATH"])
    assert backup.main() == 1
    assert f"which dump? make {verb} LOCAL=yes FILE=" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "words"), [("nope.dump", "there is no dump"), ("newest", "there is no dump in")]
)
def test_where_there_is_no_dump_nothing_is_made(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    words: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["backup", "restore", name])
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setenv("STATE", str(tmp_path / "state"))
    assert backup.main() == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder, of whose system a dump is to be taken; the umask is most people's."""
    monkeypatch.setattr(sys, "argv", ["backup", "backup"])
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setenv("STATE", str(tmp_path))
    before = os.umask(0o022)
    yield tmp_path
    os.umask(before)


def announce(state: Path, pid: int) -> None:
    """As a system does whose runner is `pid`."""
    (state / "url").touch()
    told = {"pid": pid, "database": {"postgres": f"{state}/url"}}
    (state / "system.json").write_text(json.dumps(told))


def test_a_dump_is_for_nobody_else_to_read(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It holds people's addresses and the hashes of their passwords."""

    def take(_url: str, folder: Path) -> backup.Dump:
        folder.mkdir(parents=True)
        (folder / "any.dump").touch()
        return backup.Dump(folder / "any.dump")

    announce(state, os.getpid())
    monkeypatch.setattr(backup.dump, "take", take)
    backup.backup()
    taken = Path(capsys.readouterr().out.strip())
    assert [path.stat().st_mode & 0o077 for path in (taken, taken.parent)] == [0, 0]


def test_a_system_that_was_killed_is_asked_for_no_dump(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its system.json is there still."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    announce(state, gone.pid)
    assert backup.main() == 1
    told = f"MiniTwit: No system runs from {state}; start one with make run.\n"
    assert capsys.readouterr().err == told


def test_ctrl_c_is_one_line(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    announce(state, os.getpid())
    monkeypatch.setattr(backup.dump, "take", interrupt)
    assert backup.main() == 130
    assert capsys.readouterr().err == "MiniTwit: Interrupted; run it again to begin anew.\n"


def test_a_restore_needs_no_port_of_another_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Prepared(Exception):
        """So far it came."""

    def prepare(_state: object, port: int) -> None:
        ports.demand(port)
        raise Prepared

    monkeypatch.setattr(backup.privileges, "re_execute", lambda *_: None)
    monkeypatch.setattr(os, "umask", lambda _: 0)
    monkeypatch.setattr(backup.run, "prepare", prepare)
    monkeypatch.setenv("STATE", str(tmp_path / "state"))
    with socket.create_server(("127.0.0.1", 0)) as first:
        monkeypatch.setenv("PORT", str(first.getsockname()[1]))
        with pytest.raises(Prepared):
            backup.restore(backup.Dump(tmp_path / "any.dump"))
