"""What `make logs` makes of the files that gateway and services leave."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dev import logs

ID = "0123456789abcdef0123456789abcdef"
OTHER = "01234567ffffffff0123456789abcdef"


def line(at: str, service: str, milliseconds: float | None = None, **more: Any) -> str:
    fields = {"@timestamp": f"2026-11-22T15:04:{at}", "service.name": service} | more
    if milliseconds is not None:
        fields["event.duration"] = int(milliseconds * 1e6)
    return json.dumps({"http.request.id": ID} | fields) + "\n"


def summary(at: str, service: str, milliseconds: float, path: str, **more: Any) -> str:
    request = {"http.request.method": "GET", "url.path": path, "http.response.status_code": 200}
    return line(at, service, milliseconds, **request | more)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A page that asks followers, which fails; written in the order of the ends."""
    folder = tmp_path / "logs"
    folder.mkdir()
    trace: dict[str, Any] = {
        "error.type": "ValueError",
        "error.message": "no\nat all",
        "error.stack_trace": "File\n  x",
    }
    failed: dict[str, Any] = {"log.level": "error", "message": "unexpected", **trace}
    (folder / "followers.log").write_text(
        line("05.110000Z", "followers", **failed)
        + summary("05.111000Z", "followers", 10, "/v1/x", **{"http.response.status_code": 500})
    )
    (folder / "web.log").write_text("Starting…\n" + summary("05.120000Z", "web", 30, "/"))
    gateway = summary("05.121+00:00", "gateway", 32, "/")
    (folder / "gateway.log.1").write_text(gateway)
    (folder / "gateway.log").write_text(gateway.replace(ID, "f" * 32) + gateway[:60])
    return tmp_path


@pytest.fixture
def printed(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], list[str]]:
    """What it prints for an id."""

    def ask(wanted: str) -> list[str]:
        monkeypatch.setenv("STATE", str(state))
        monkeypatch.setenv("ID", wanted)
        assert logs.main() == 0
        return capsys.readouterr().out.splitlines()

    return ask


@pytest.fixture
def refused(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], str]:
    """The one line in which it says why it prints nothing."""

    def ask(wanted: str) -> str:
        monkeypatch.setenv("STATE", str(state))
        monkeypatch.setenv("ID", wanted)
        assert logs.main() == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        return captured.err

    return ask


def test_the_lines_of_a_request_are_ordered_by_start_time(
    printed: Callable[[str], list[str]],
) -> None:
    assert printed(ID) == [
        f"Request {ID}, 2026-11-22 15:04:05.089000 UTC",
        "      +0.0 ms  gateway    GET /      200      32.0 ms",
        "      +1.0 ms  web        GET /      200      30.0 ms",
        "     +12.0 ms  followers  GET /v1/x  500      10.0 ms",
        "     +21.0 ms  followers  error: unexpected (ValueError: no)",
        "                          File",
        "                            x",
    ]


def test_the_beginning_of_an_id_is_enough(printed: Callable[[str], list[str]]) -> None:
    assert len(printed(ID[:8].upper())) == 7


def test_a_beginning_that_several_ids_share_is_refused(
    state: Path, refused: Callable[[str], str]
) -> None:
    with (state / "logs" / "web.log").open("a") as file:
        file.write(summary("07.000000Z", "web", 1, "/").replace(ID, OTHER))
    told = refused(ID[:8])
    assert f"2 request ids begin with 01234567: {ID}, {OTHER}." in told


def test_an_unknown_id_is_one_line(refused: Callable[[str], str]) -> None:
    assert "Nothing in" in refused("a" * 32)


def test_an_id_elsewhere_in_a_line_is_no_hit(state: Path, refused: Callable[[str], str]) -> None:
    """As in the path of a page that somebody asked for."""
    with (state / "logs" / "web.log").open("a") as file:
        file.write(summary("07.000000Z", "web", 1, "/" + "a" * 32))
    assert "Nothing in" in refused("a" * 32)


def test_no_logs_are_one_line(state: Path, refused: Callable[[str], str]) -> None:
    shutil.rmtree(state / "logs")
    assert "There are no logs in" in refused(ID)


@pytest.mark.parametrize("text", ["", "0123456", "g" * 32, "0" * 33])
def test_what_is_no_id_is_one_line(text: str, refused: Callable[[str], str]) -> None:
    assert "ID is a request id" in refused(text)


def test_a_path_can_not_command_the_terminal(
    state: Path, printed: Callable[[str], list[str]]
) -> None:
    with (state / "logs" / "web.log").open("a") as file:
        file.write(summary("07.000000Z", "web", 1, "/\x1b[2J", **{"user.id": "7"}))
    last = printed(ID)[-1]
    assert r"GET /\x1b[2J" in last
    assert last.endswith("user 7")
