"""How the proof runs the operators' commands."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.proof import scene
from tests.system import PATIENCE, eventually

COMMAND = """
import pathlib, sys, time
try:
    pathlib.Path("begun").touch()
    time.sleep(float(sys.argv[1]))
finally:
    pathlib.Path("cleaned-up").touch()
"""


def test_a_command_is_run_to_its_end() -> None:
    script = "import os, sys; print(os.environ['STACK']); sys.exit('no')"
    done = scene.ran([sys.executable, "-c", script], {"STACK": "proof"}, PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (1, "proof\n", "no\n")


def test_a_command_that_is_interrupted_cleans_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed, it would leave the stack's lock behind, for which the next one waits."""
    communicate = subprocess.Popen.communicate

    def interrupted(*_: Any, **__: Any) -> None:
        monkeypatch.setattr(subprocess.Popen, "communicate", communicate)
        eventually((tmp_path / "begun").exists)
        raise KeyboardInterrupt

    monkeypatch.setattr(scene, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        scene.ran([sys.executable, "-c", COMMAND, str(PATIENCE)], {}, PATIENCE)
    assert (tmp_path / "cleaned-up").exists()
