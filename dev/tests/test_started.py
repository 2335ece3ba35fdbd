"""A system of a tool's own: why it did not start is told, and nothing lies about afterwards."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dev.processes import leftovers
from dev.services import ROOT
from dev.started import started
from dev.trouble import Trouble


def test_why_it_did_not_start_is_told_and_leaves_nothing_beside_its_folder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(Trouble, match=f"did not start: MiniTwit: Port {port} is taken"),
            started(tmp_path / "state", port),
        ):
            pass
    assert list(tmp_path.iterdir()) == [tmp_path / "state"]


TOOL = """
import sys
from pathlib import Path
from dev.started import started
with started(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    """Ctrl-C reaches the whole group; upon the second signal a runner kills everything."""
    tool = subprocess.Popen(
        [sys.executable, "-c", TOOL, str(tmp_path / "state")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert tool.stdout
    assert tool.stdout.readline() == b"ready\n"
    os.killpg(tool.pid, signal.SIGINT)
    tool.communicate()
    assert "database system is shut down" in (tmp_path / "state/logs/postgres.log").read_text()
    assert leftovers(tmp_path) == []
