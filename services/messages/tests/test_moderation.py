"""The operators' tool: hide messages, show them again, list them."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import chassis
import messages
from messages import moderation
from messages.config import Config

Posted = Callable[..., int]
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def environment(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINITWIT_DATABASE_URL", config.database_url)
    monkeypatch.setenv("MINITWIT_TOKEN_PUBLIC_KEYS", config.token_public_keys)
    monkeypatch.setenv("MINITWIT_USERS_URL", config.users_url)


def shown(client: FlaskClient) -> list[str]:
    return [item["text"] for item in client.get("/v1/messages").get_json()["items"]]


@pytest.mark.contract("B a tool for operators sets and clears flagged by message id")
def test_a_message_is_hidden_and_shown_again(
    client: FlaskClient, posted: Posted, capsys: Capture
) -> None:
    message = posted("ada", "rude")
    for _ in range(2):
        assert moderation.main(["flag", str(message)]) == 0
        assert shown(client) == []
    assert moderation.main(["unflag", str(message)]) == 0
    assert shown(client) == ["rude"]
    lines = [f"Message {message} is {state}." for state in ("hidden", "hidden", "shown")]
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.contract("B a tool for operators lists messages with their flags")
def test_the_newest_messages_are_listed_with_their_flags(posted: Posted, capsys: Capture) -> None:
    moment = datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)
    one = posted("ada", "fine", published_at=moment)
    two = posted("Søren Ærø", "rude", published_at=moment, flagged=True)
    assert moderation.main(["list"]) == 0
    width = max(len(str(two)), 2)
    assert capsys.readouterr().out.splitlines() == [
        f"{'ID':<{width}}  FLAG    AUTHOR     PUBLISHED         TEXT",
        f"{two:<{width}}  hidden  Søren Ærø  2026-11-22 15:04  rude",
        f"{one:<{width}}          ada        2026-11-22 15:04  fine",
    ]


def test_only_the_hidden_ones_are_listed_on_demand(posted: Posted, capsys: Capture) -> None:
    posted("ada", "fine")
    posted("ada", "rude", flagged=True)
    assert moderation.main(["list", "--flagged"]) == 0
    _, line = capsys.readouterr().out.splitlines()
    assert line.endswith("rude")


@pytest.fixture
def asking(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tool asks the fake users."""
    monkeypatch.setattr(moderation, "create_app", lambda config: app)


def ids(capsys: Capture) -> list[int]:
    """Those of the messages that were listed."""
    _, *lines = capsys.readouterr().out.splitlines()
    return [int(line.split()[0]) for line in lines]


@pytest.mark.usefixtures("asking")
def test_the_messages_of_one_author_are_listed(posted: Posted, capsys: Capture) -> None:
    one = posted("name with space")
    posted("ada", flagged=True)
    two = posted("name with space", flagged=True)
    posted("ada")
    three = posted("name with space")
    for flagged, expected in (([], [three, two, one]), (["--flagged"], [two])):
        assert moderation.main(["list", "--author", "name with space", *flagged]) == 0
        assert ids(capsys) == expected


@pytest.mark.usefixtures("asking")
@pytest.mark.parametrize("author", [[], ["--author", "ada"]])
def test_older_ones_are_listed_from_an_id_on(
    posted: Posted, capsys: Capture, monkeypatch: pytest.MonkeyPatch, author: list[str]
) -> None:
    monkeypatch.setattr(moderation, "LISTED", 2)
    one, two, three, four, five = (posted("ada", flagged=number % 2 == 0) for number in range(5))
    for before, expected in (([], [five, four]), ([str(four)], [three, two]), ([str(two)], [one])):
        assert moderation.main(["list", *author, *(f"--before={id_}" for id_ in before)]) == 0
        assert ids(capsys) == expected
    assert moderation.main(["list", *author, "--flagged", f"--before={five}"]) == 0
    assert ids(capsys) == [three, one]


@pytest.mark.usefixtures("asking")
def test_an_author_whom_nobody_knows_is_one_line_and_1(capsys: Capture) -> None:
    assert moderation.main(["list", "--author", "nobody"]) == 1
    assert capsys.readouterr().err == "There is no user of that name.\n"


@pytest.mark.usefixtures("asking", "users_stopped")
def test_while_users_is_stopped_an_author_is_not_to_be_found(
    posted: Posted, capsys: Capture
) -> None:
    posted("ada")
    assert moderation.main(["list", "--author", "ada"]) == 1
    assert capsys.readouterr().err == "users does not answer.\n"
    assert moderation.main(["list"]) == 0


def test_a_text_is_shortened_and_can_not_steer_the_terminal(
    posted: Posted, capsys: Capture
) -> None:
    posted("ada", "\x1b[2Jred\nline\u202e " + "long " * 100)
    assert moderation.main(["list"]) == 0
    _, line = capsys.readouterr().out.splitlines()
    assert "[2Jred line long" in line
    assert line.isprintable()
    assert line.endswith("…")
    assert len(line) < 120


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the tool, as a process of its own, finds what it imports."""
    folders = [str(Path(package.__path__[0]).parent) for package in (chassis, messages)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))


def listed(stdout: int) -> subprocess.CompletedProcess[str]:
    """The tool itself, run to list messages."""
    command = [sys.executable, "-m", "messages.moderation", "list"]
    return subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=True, timeout=60
    )


@pytest.mark.usefixtures("path")
def test_the_tool_writes_its_table_and_nothing_else(posted: Posted) -> None:
    posted("ada", "fine")
    done = listed(subprocess.PIPE)
    assert done.stdout.split()[0] == "ID"
    assert (len(done.stdout.splitlines()), done.stderr) == (2, "")


@pytest.mark.usefixtures("path")
def test_a_reader_that_closes_the_pipe_causes_no_error(posted: Posted) -> None:
    posted("ada", "fine")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert listed(writing).stderr == ""
    finally:
        os.close(writing)


def test_an_unknown_id_is_one_line_and_1(client: FlaskClient, capsys: Capture) -> None:
    assert moderation.main(["flag", "999999"]) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "There is no message 999999.\n")


@pytest.mark.parametrize(
    "arguments",
    [[], ["hide", "1"], ["flag"], ["flag", "x"], ["flag", "0"], ["flag", str(2**63)],
     ["list", "--before", "x"], ["list", "--author"]],
)  # fmt: skip
def test_wrong_usage_exits_with_status_2(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        moderation.main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["x", "0", str(2**63), "9" * 5_000])
def test_an_invalid_id_gets_a_hint_where_to_find_ids(given: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        moderation.main(["flag", given])
    assert f"{given} is no message id; make flagged ALL=yes lists" in capsys.readouterr().err


def test_a_wrong_configuration_is_2_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.delenv("MINITWIT_USERS_URL")
    assert moderation.main(["list"]) == 2
    assert "MINITWIT_USERS_URL: missing" in capsys.readouterr().err


def test_a_database_that_does_not_answer_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("MINITWIT_DATABASE_URL", "postgresql+psycopg2://a:b@127.0.0.1:1/none")
    assert moderation.main(["list"]) == 1
    assert capsys.readouterr().err == "The database does not answer.\n"


def test_a_database_that_refuses_is_told_in_one_line(
    database_urls: Any, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("MINITWIT_DATABASE_URL", database_urls["users"].service_url)
    assert moderation.main(["list"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("The database refuses, perhaps since its schema is older: permission")
