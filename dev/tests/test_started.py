"""A system of a tool's own: why it did not start is told, and nothing lies about afterwards."""

import socket
from pathlib import Path

import pytest

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
