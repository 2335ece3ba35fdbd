"""What `make lock` says when the lock files can't be made."""

import shutil

import pytest

from dev import lock


def test_what_uv_can_not_resolve_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lock, "find_uv", lambda: shutil.which("false"))
    before = (lock.ROOT / lock.EVERYTHING).read_text()
    assert lock.main() == 1
    told = "MiniTwit: uv could not resolve dev/requirements.txt; it is as it was.\n"
    assert capsys.readouterr().err == told
    assert (lock.ROOT / lock.EVERYTHING).read_text() == before
