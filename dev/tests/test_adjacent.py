"""One service as it was, among the others as they are."""

import tarfile
from pathlib import Path

import pytest

from dev import adjacent, clone, services
from dev.services import ROOT


def test_a_service_of_an_earlier_commit_is_exported_whole(tmp_path: Path) -> None:
    adjacent.export("HEAD", "messages", tmp_path)
    assert (tmp_path / "services/messages/messages/app.py").is_file()
    assert (tmp_path / "chassis/chassis/app.py").is_file()
    assert not (tmp_path / "services/users").exists()


def test_a_python_without_filters_exports_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = tarfile.TarFile.extractall
    monkeypatch.delattr(tarfile, "data_filter")
    monkeypatch.setattr(
        tarfile.TarFile, "extractall", lambda tar, path: extract(tar, path, filter="data")
    )
    adjacent.export("HEAD", "messages", tmp_path)
    assert (tmp_path / "services/messages/messages/app.py").is_file()


def test_the_earlier_commit_is_the_one_before_the_newest_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clone, "ROOT", tmp_path)
    clone.git("init", "--quiet")
    for number, place in enumerate(["services/web", "chassis", "docs"]):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "file").write_text("")
        clone.git("add", ".")
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        clone.git(*who, "commit", "--quiet", "--message", str(number))
    commit = adjacent.before_newest_change("web")
    assert clone.git("log", "-1", "--format=%s", commit) == b"0\n"
    (tmp_path / "services/web/file").write_text("changed")
    assert adjacent.before_newest_change("web") == "HEAD"


def test_a_new_service_has_nothing_to_be_tried_with(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(adjacent, "NAMES", ("new",))
    monkeypatch.setenv("SERVICE", "new")
    monkeypatch.setenv("OLD", "HEAD")
    assert adjacent.main() == 0
    assert "new is new" in capsys.readouterr().out


def test_a_service_runs_from_where_it_is_told_and_the_others_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESSAGES_FROM", str(tmp_path))
    assert services.code_of("messages") == tmp_path
    assert services.code_of("web") == ROOT


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"SERVICE": "nobody"}, "SERVICE must be one of"), ({"OLD": "no-such-commit"}, "git:")],
)
def test_what_cannot_be_tried_is_one_line(
    settings: dict[str, str],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in ({"SERVICE": "web"} | settings).items():
        monkeypatch.setenv(name, value)
    assert adjacent.main() == 1
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1
