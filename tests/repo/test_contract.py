"""Every line of the contract with the system's clients has a test that names it.

A test names a line by `@pytest.mark.contract("A.5 no: default 100")`: the section, then words
of the line. Below stands, for each line, what such a mark must contain.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("chassis", "services", "gateway", "dev", "tests")

LINES = {
    "A.1": [
        "credentials:? simulator",
        "credentials.*a secret in production",
        "wrong or missing",
        "(?<!not )protected",
        "not protected",
        "403 is decided before 404",
        "connection: close",
        "204 have an empty body",
        "whatever its content-type",
        "percent-encoded",
        "case-sensitive",
        "trailing slash",
        "every error is json",
        "400 for malformed json",
        "never 415, 422 or 500",
    ],
    "A.2": [
        "accepted on every route",
        "never writes it",
        "recorded first",
        "400, 403 and 404",
        "last write wins",
        "0 is legal",
        "-1 means absent",
        "missing, empty or no integer: ignored",
        'gives 200 {"latest": n}',
        "before anything was recorded",
        "same for every replica; survives restarts",
    ],
    "A.3": [
        "post /register: 204",
        "post /register: 400",
        "get /msgs 200",
        "get /msgs auth",
        r"get /msgs/{name}.*\[\] if none",
        "get /msgs/{name} 404",
        "post /msgs/{name} 204",
        "post /msgs/{name} 404",
        "post /msgs/{name}.*400 bad body or empty text",
        "get /fllws/{name} 200",
        "get /fllws/{name} 403",
        "get /fllws/{name} 404",
        r"get /fllws/{name} \?no",
        "post /fllws/{name} 204",
        "post /fllws/{name} 403",
        "post /fllws/{name} 404 actor",
        "post /fllws/{name} 404 target",
        "post /fllws/{name} 400 neither",
    ],
    "A.4": [
        "1. you have to enter a username",
        "2. you have to enter a valid email",
        "an `?@`? is all that is asked",
        "3. you have to enter a password",
        "4. the username is already taken",
        "first failing check answers",
        "e-mails are not unique",
        "missing key counts as empty",
        "any non-empty string",
        "log the user in on the web",
        "cannot be a path segment",
        "shadows a page",
        "control characters",
        "longer than 100 characters",
    ],
    "A.5": [
        "exactly the keys",
        "as sent, unescaped",
        "pub_date is a string in utc",
        "newest first; equal times by id",
        "flagged messages are hidden everywhere",
        "no: default 100",
        "no integer: default",
        "0 gives",
        "negative or over 1,000 is clamped",
        "up to 10,000 characters",
        "longer is 400",
        "nul bytes are refused",
    ],
    "A.6": [
        "whom u follows",
        "following twice is one follow",
        "unfollowing someone not followed",
        "self-follow",
        "both keys: follow wins",
        "unknown actor is 404 even if",
    ],
    "A.7": [
        "success is 204, for register also 400",
        "0.3 s for connect and answer, no retry",
        "tab-separated, no quoting",
        "never lose a register",
    ],
    "B": [
        "/ .*own and followed users' messages",
        "/ .*302 to /public",
        "/public.*newest 30",
        "/{name} .*newest 30 of that user",
        "/{name}.*404 unknown",
        "follow.*401 anonymous .before 404.",
        "follow.*get for old links",
        "/add_message: 401 anonymous",
        "/add_message: stored and flash",
        "/add_message: empty: no flash",
        "/add_message.*field absent 400",
        "/login:? logged in already",
        "/login:? ok",
        "/register:? ok",
        "else 200 with the error",
        "/register: form refilled but for passwords",
        "/logout:? post; get for old links",
        "gets that change state answer old links",
        "gets that change state.*cross-site",
        "prefetch",
        "flashes, in <ul class=flashes><li>",
        "quotes must come out as &#34;",
        "errors: the four of a.4",
        "errors.*the two passwords do not match",
        "errors.*invalid username.*invalid password",
        "<title>.*<h2>",
        "<title>: sign in",
        "<h1>minitwit</h1>",
        "div.navigation.*anonymous",
        "div.navigation.*signed in",
        "div.navigation, each item a link",
        "first five inputs of /register",
        r"input\[type=submit\] values",
        "div.actions",
        "div.twitbox",
        "div.followstatus",
        "[.]follow to click",
        "ul class=messages",
        "escaped text",
        "escaped: names too",
        "there's no message so far",
        "picture is drawn locally",
        "no page loads anything from another host",
        "sets and clears flagged by message id",
        "lists messages with their flags",
        "minimum password length",
        '"older" and "newer" links',
        "newer and older: none where there is no such page",
    ],
}
CASES = [(section, line) for section, lines in LINES.items() for line in lines]


def marks() -> Iterator[str]:
    """What the tests say that they hold."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("test_*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("contract"):
                    yield from (
                        str(each.value) for each in node.args if isinstance(each, ast.Constant)
                    )


@pytest.fixture(scope="module")
def named() -> list[str]:
    return [" ".join(mark.lower().split()) for mark in marks()]


def pattern(section: str, line: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(section.lower())} (.*{line}|{line})")


@pytest.mark.parametrize(("section", "line"), CASES)
def test_a_line_is_named_by_a_test(named: list[str], section: str, line: str) -> None:
    assert any(pattern(section, line).match(mark) for mark in named)


def test_every_mark_names_a_line(named: list[str]) -> None:
    patterns = [pattern(section, line) for section, line in CASES]
    assert [mark for mark in named if not any(it.match(mark) for it in patterns)] == []
