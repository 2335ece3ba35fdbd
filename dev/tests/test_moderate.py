"""What `make flag`, `make unflag` and `make flagged` hand to messages' own tool."""

import pytest

from dev import moderate
from dev.trouble import Trouble


@pytest.mark.parametrize(
    ("given", "told", "arguments"),
    [
        (["flag"], {"ID": "42"}, ["flag", "42"]),
        (["list", "--flagged"], {}, ["list", "--flagged"]),
        (["list"], {"AUTHOR": "", "BEFORE": ""}, ["list"]),
        (
            ["list"],
            {"AUTHOR": "Ada --x 'L'", "BEFORE": "42"},
            ["list", "--author=Ada --x 'L'", "--before=42"],
        ),
    ],
)
def test_makes_variables_become_the_tools_arguments(
    given: list[str], told: dict[str, str], arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["moderate", *given])
    for name in ("ID", "AUTHOR", "BEFORE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert moderate._arguments() == arguments


@pytest.mark.parametrize("number", ["", "x", "-1", "\u0664"])
def test_without_a_message_it_says_how_to_name_one(
    number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["moderate", "flag"])
    monkeypatch.setenv("ID", number)
    with pytest.raises(Trouble, match="make flag ID=42"):
        moderate._arguments()
