"""The committed index template, and what Elasticsearch would refuse by it, or not find again."""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "infra" / "elasticsearch"
FIELDS = FOLDER / "component_templates" / "minitwit-logs-fields.json"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
Document = dict[str, Any]


@cache
def fields() -> dict[str, str]:
    """The type of each field, by its whole name."""
    mappings = json.loads(FIELDS.read_text(encoding="utf-8"))["template"]["mappings"]
    return dict(_types(mappings["properties"], ""))


def _types(properties: Document, prefix: str) -> Iterator[tuple[str, str]]:
    for name, told in properties.items():
        if "properties" in told:
            yield from _types(told["properties"], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", told["type"]


def problems(document: Document) -> list[str]:
    """What is wrong with a document, a line each."""
    return [problem for name, value in flat(document) if (problem := _problem(name, value))]


def flat(document: Document, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each value under its whole name, however its name is nested; a flattened field is one."""
    for key, value in document.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and fields().get(name) != "flattened":
            yield from flat(value, f"{name}.")
        else:
            yield name, value


def _problem(name: str, value: Any) -> str:
    kind = fields().get(name)
    if kind is None:
        inside = any(known.startswith(f"{name}.") for known in fields())
        return f"{name} is an object, not {value!r}" if inside else f"{name} is not mapped"
    return "" if value is None or fits(kind, value) else f"{name} is no {kind}: {value!r}"


def fits(kind: str, value: Any) -> bool:
    """Stricter than Elasticsearch, which would take a number in quotes too."""
    if isinstance(value, list):
        return all(fits(kind, each) for each in value)
    if kind == "long":
        return type(value) is int and -(2**63) <= value < 2**63
    if kind == "flattened":
        return isinstance(value, dict)
    return isinstance(value, str) and bool(_OF_TEXT[kind](value))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


_OF_TEXT: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("keyword", "match_only_text", "wildcard"), lambda _: True),
    **dict.fromkeys(("date", "date_nanos"), _DATE.fullmatch),
    "ip": _is_address,
}
