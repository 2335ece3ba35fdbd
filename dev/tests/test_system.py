"""The running system as its tools find it, and how a tool ends."""

from pathlib import Path

import psycopg2
import pytest

from dev.system import exit_status, inside, running
from dev.trouble import Trouble


def test_a_system_that_does_not_run_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="No system runs from"):
        running(tmp_path)
    (tmp_path / "system.json").write_text('{"pid": 0}')
    with pytest.raises(Trouble, match="No system runs from"):
        running(tmp_path)


def test_the_inside_address_is_where_the_runner_says() -> None:
    assert inside({"processes": {"users": {"port": 9}}}, "users") == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("failure", "status", "told"),
    [
        (Trouble("no such world"), 1, "no such world"),
        (KeyboardInterrupt(), 130, "Interrupted; run it again to go on."),
        (PermissionError(13, "Permission denied", "file"), 1, "file: Permission denied."),
        (OSError("odd"), 1, "The system: odd."),
        (psycopg2.errors.DiskFull("full\nHINT: free"), 1, "The database: full HINT: free"),
        (psycopg2.InterfaceError(), 1, "The database: InterfaceError"),
    ],
)
def test_why_a_tool_failed_is_one_line(
    failure: BaseException, status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise failure

    assert exit_status(fail) == status
    assert capsys.readouterr().err == f"MiniTwit: {told}\n"


def test_a_tool_may_have_a_status_of_its_own() -> None:
    assert exit_status(lambda: 7) == 7
    assert exit_status(lambda: None) == 0
