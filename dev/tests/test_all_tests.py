"""What `make test` shows and tells of two processes."""

from pathlib import Path

import pytest

from dev import all_tests


def parts(folder: Path, *bodies: str) -> list[list[str]]:
    """A folder with one test for each body; pytest's own settings are left out."""
    made = []
    for number, body in enumerate(bodies):
        file = folder / str(number) / f"test_{number}.py"
        file.parent.mkdir()
        file.write_text(f"def test_{number}():\n    {body}\n")
        made.append(["-c", "/dev/null", "--rootdir", str(file.parent), str(file)])
    return made


def test_all_went_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert all_tests.run(parts(tmp_path, "pass", "pass")) == 0
    assert capsys.readouterr().out.count("1 passed") == 2


@pytest.mark.parametrize("bodies", [("pass", "assert 1 == 2"), ("assert 1 == 2", "pass")])
def test_one_half_fails(
    bodies: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert all_tests.run(parts(tmp_path, *bodies)) == 1
    lines = capsys.readouterr().out.splitlines()
    summaries = [line for line in lines if " in " in line and line.startswith("==")]
    assert sorted("1 failed" in line for line in summaries) == [False, True]
    progress = [line for line in lines if line.endswith("%]")]
    assert max(map(lines.index, progress)) < min(map(lines.index, summaries))


def test_every_folder_of_tests_is_in_one_half(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []

    def run(parts: list[list[str]]) -> int:
        given.extend(parts)
        return 0

    monkeypatch.setattr(all_tests, "run", run)
    assert all_tests.main() == 0
    root = Path(all_tests.ROOT)
    found = {path.relative_to(root).parts[0] for path in root.glob("[a-z]*/**/test_*.py")}
    assert sorted(folder for half in given for folder in half) == sorted(found)
