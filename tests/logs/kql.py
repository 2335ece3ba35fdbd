"""As much of Kibana's query language as the saved searches use, on documents in this process.

`field : value`, with `"…"`, a beginning and `*`, or `*` alone for any value; `>=` `>` `<=` `<`;
parentheses, with several values too; `and`, `or`, `not`.
"""

import re
from collections.abc import Callable, Iterator
from operator import ge, gt, le, lt
from typing import Any

from tests.logs.template import Document, flat

Test = Callable[[Document], bool]
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[()]|>=|<=|[:<>]|[^\s():<>"]+)')
_COMPARE = {">=": ge, ">": gt, "<=": le, "<": lt}


class Query:
    """A query text; `matches` tells of a document, `fields` which fields it asks."""

    def __init__(self, text: str) -> None:
        self.fields: set[str] = set()
        self._tokens = list(_tokens(text))
        self._test: Test = self._either() if self._tokens else lambda _: True
        if self._tokens:
            raise ValueError(f"{text}: not understood from {self._tokens[0]} on")

    def matches(self, document: Document) -> bool:
        return self._test(dict(flat(document)))

    def _next(self) -> str:
        return self._tokens.pop(0) if self._tokens else ""

    def _takes(self, *words: str) -> bool:
        if self._tokens and self._tokens[0].lower() in words:
            self._tokens.pop(0)
            return True
        return False

    def _either(self) -> Test:
        tests = [self._both()]
        while self._takes("or"):
            tests.append(self._both())
        return lambda document: any(test(document) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._takes("and"):
            tests.append(self._one())
        return lambda document: all(test(document) for test in tests)

    def _one(self) -> Test:
        if self._takes("not"):
            test = self._one()
            return lambda document: not test(document)
        if self._takes("("):
            test = self._either()
            self._close()
            return test
        return self._comparison(self._next())

    def _comparison(self, name: str) -> Test:
        self.fields.add(name)
        sign = self._next()
        if sign in _COMPARE:
            bound, compare = int(self._next()), _COMPARE[sign]
            return lambda document: name in document and compare(document[name], bound)
        if sign != ":":
            raise ValueError(f"{name}: no comparison")
        if not self._takes("("):
            return _equals(name, self._next())
        tests = [_equals(name, self._next())]
        while self._takes("or"):
            tests.append(_equals(name, self._next()))
        self._close()
        return lambda document: any(test(document) for test in tests)

    def _close(self) -> None:
        if not self._takes(")"):
            raise ValueError("a parenthesis is not closed")


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if not found:
            raise ValueError(f"{text}: not understood")
        yield found[1]
        place = found.end()


def _equals(name: str, wanted: str) -> Test:
    if wanted == "*":
        return lambda document: document.get(name) is not None
    if wanted.endswith("*") and not wanted.startswith('"'):
        return lambda document: str(document.get(name, "")).startswith(wanted[:-1])
    plain: Any = wanted.strip('"')
    return lambda document: str(document.get(name)) == plain
