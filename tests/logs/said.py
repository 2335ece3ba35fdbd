"""All lines of a system from its first start to its end."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.logs.kql import Query
from tests.logs.template import Document
from tests.logs.traffic import Sown


@dataclass
class Said:
    """`lines` are pairs of a file's name and a line."""

    lines: list[tuple[str, str]]
    sown: Sown

    @classmethod
    def of(cls, folder: Path, sown: Sown) -> "Said":
        lines = [
            (path.name, line)
            for path in sorted(folder.glob("*.log"))
            for line in path.read_bytes().decode("utf-8").split("\n")[:-1]
        ]
        return cls(lines, sown)

    @cached_property
    def documents(self) -> list[Document]:
        return [json.loads(line) for _, line in self.lines]

    def selected(self, query: str) -> list[Document]:
        wanted = Query(query)
        return [each for each in self.documents if wanted.matches(each)]
