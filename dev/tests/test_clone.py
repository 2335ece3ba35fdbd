"""What Git tells of this clone, and what is said where it can't."""

import re
from pathlib import Path

import pytest

from dev import clone, run
from dev.bench import report
from dev.trouble import Trouble


def test_root_learns_the_commit_of_another_users_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert re.fullmatch("[0-9a-f]{40}", run.commit())
    assert report._commit() != "an unknown commit"


def test_without_history_the_commit_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clone, "ROOT", tmp_path)
    assert (run.commit(), report._commit()) == ("unknown", "an unknown commit")


def test_without_git_the_commit_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (run.commit(), report._commit()) == ("unknown", "an unknown commit")
    with pytest.raises(Trouble, match="git: No such file or directory"):
        clone.git("status")
