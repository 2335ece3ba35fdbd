"""The course's scenario files: TAB separated, UTF-8, one action a line, no quoting.

The columns are id, delay, time, command, name, then e-mail, text or target, and for a
register the password. Texts hold quotes and all kinds of line-like characters, so that only
a line feed ends a line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dev.simulator.actions import KINDS, REGISTER, Action
from dev.trouble import Trouble

ID, COMMAND, NAME, ABOUT, PASSWORD = 0, 3, 4, 5, 6


@dataclass(frozen=True)
class ScenarioFile:
    """Read twice, first to check all of it: nothing is sent of a file that is broken.

    Trouble names the file, the line and what is wrong with it.
    """

    path: Path

    def check(self) -> int:
        """How many actions the file holds."""
        count = sum(1 for _ in self)
        if not count:
            raise Trouble(f"{self.path} holds no action.")
        return count

    def __iter__(self) -> Iterator[Action]:
        try:
            with self.path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    yield self._parse(number, line)
        except OSError as error:
            raise Trouble(f"Can't read {self.path}: {error.strerror}.") from error

    def _parse(self, number: int, line: bytes) -> Action:
        try:
            return parse(line.removesuffix(b"\n").decode())
        except ValueError as error:
            wrong = "it is not UTF-8" if isinstance(error, UnicodeError) else error
            raise Trouble(f"{self.path}, line {number}: {wrong}.") from error


def parse(line: str) -> Action:
    columns = line.split("\t")
    if len(columns) <= COMMAND:
        raise ValueError(f"{len(columns)} columns, but at least {ABOUT + 1} belong there")
    kind = columns[COMMAND]
    if kind not in KINDS:
        raise ValueError(f"unknown command {kind!r}")
    wanted = 1 + (PASSWORD if kind == REGISTER else ABOUT)
    if len(columns) != wanted:
        raise ValueError(f"{len(columns)} columns, but a {kind} has {wanted}")
    number = columns[ID]
    if not (number.isascii() and number.isdigit()):
        raise ValueError(f"the id {number!r} is no number")
    return Action(int(number), kind, columns[NAME], columns[ABOUT], "".join(columns[PASSWORD:]))
