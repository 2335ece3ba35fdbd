"""What `make` says before there is anything to run with."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dev import bootstrap
from dev.services import ROOT


def test_it_does_nothing_when_all_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "installed", lambda _: True)
    monkeypatch.setattr(bootstrap, "finds_chassis", lambda: True)
    monkeypatch.setattr(bootstrap, "make_venv", pytest.fail)
    assert bootstrap.main(["tests"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_venv_that_does_not_find_the_chassis_is_kept_and_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "installed", lambda _: True)
    monkeypatch.setattr(bootstrap, "make_venv", lambda: None)
    bootstrap.path_file().parent.mkdir(parents=True)
    assert not bootstrap.finds_chassis()
    assert bootstrap.main([]) == 0
    assert bootstrap.finds_chassis()


def test_the_chassis_is_found_from_anywhere_and_its_modules_only_in_it(tmp_path: Path) -> None:
    ask = (
        "from importlib.util import find_spec as f; print(f('chassis.config').origin, f('config'))"
    )
    told = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", ask]
    done = subprocess.run(command, cwd=tmp_path, env=told, capture_output=True, text=True)
    assert done.stdout.split() == [str(ROOT / "chassis/chassis/config.py"), "None"], done.stderr


OLD = """#!/bin/sh
exec {} -c 'import sys; sys.version_info = (3, 10, 12); exec(sys.argv[2])' "$@"
"""


def test_make_refuses_an_old_python(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(OLD.format(sys.executable))
    python.chmod(0o755)
    told = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "-s", "ready", f"PYTHON={python}"]
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"MiniTwit: Python 3.11 or newer is needed, as {python};")


def test_another_system_than_linux_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert bootstrap.main([]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("MiniTwit: Linux is needed; this is darwin")


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(bootstrap.Failure, match="apt install python3-venv"):
        bootstrap.check_machine()


def test_trouble_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: list[str]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bootstrap, "prepare", full)
    assert bootstrap.main([]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_changed_lock_file_is_installed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("one==1")
    before = bootstrap.fingerprint(str(lock))
    lock.write_text("one==2")
    assert bootstrap.fingerprint(str(lock)) != before


def test_settings_that_lead_pip_astray_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    assert not {"PIP_TARGET", "PYTHONPATH"} & bootstrap.environment().keys()


def test_a_senseless_port_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dev.run"],
        cwd=ROOT,
        env={**os.environ, "PORT": "80 80"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "MiniTwit: PORT=80 80 is no port; it must be a whole number from 1 to 65535."
    ]


def test_an_unknown_part_is_one_line_that_lists_the_known_ones() -> None:
    told = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "--dry-run", "test", "SERVICE=mesages"],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert "SERVICE=mesages is no part" in line
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = set(settings["tool"]["pytest"]["ini_options"]["testpaths"]) - {"services"}
    services = {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}
    assert folders | services <= set(re.findall(r"\w+", line))


def test_the_choice_of_part_is_not_passed_on_to_the_tests(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "[$SERVICE] $*"\n')
    python.chmod(0o755)
    told = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    named = ["SERVICE=infra", "ARGS="]
    command = ["make", "-s", "-o", "tested", f"VENV={tmp_path}", "test", *named]
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "-m", "pytest", "infra"]
