"""What filebeat.yml does with a line: the parsers, conditions and processors that it uses, no more.

A setting that is not known here is an error, so that none is in the file that was not looked up.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from tests.logs.template import Document

FILE = Path(__file__).parents[2] / "infra" / "filebeat" / "filebeat.yml"
_VARIABLE = re.compile(r"\$\{(\w+)(?::([^}]*))?\}")
_FIELD = re.compile(r"%\{\[([\w.]+)\]\}")
Config = dict[str, Any]


class Filebeat:
    """The configuration as `told` by the environment; `ship` gives index, id and document."""

    def __init__(self, told: Mapping[str, str] | None = None) -> None:
        self.config: Config = _expanded(yaml.safe_load(FILE.read_text("utf-8")), told or {})
        self.inputs: dict[str, Config] = {it["id"]: it for it in self.config["filebeat.inputs"]}

    def ship(self, source: str, line: str, path: str, **also: Any) -> tuple[str, str, Document]:
        """A line of a file; `also` is what is known of its container."""
        told = {"log": {"file": {"path": path}, "offset": 0}, "agent": {}, "input": {}, **also}
        event: Document = {"message": line, "host": {"name": "node1"}, **told}
        for parser in self.inputs[source].get("parsers", []):
            event |= _parsed(parser, event["message"])
        event.setdefault("@timestamp", "2026-11-22T15:04:05.000Z")
        dropped = not self._run(self.inputs[source]["processors"], event)
        dropped = dropped or not self._run(self.config["processors"], event)
        meta = event.pop("@metadata", {})
        pattern = self.config["output.elasticsearch"]["index"]
        index = _FIELD.sub(lambda it: str(value(event, it[1])), pattern)
        return "" if dropped else index, str(meta.get("_id", "")), event

    def _run(self, processors: list[Config], event: Document) -> bool:
        """False once an event is dropped."""
        for told in processors:
            if "if" in told:
                if _holds(told["if"], event) and not self._run(told["then"], event):
                    return False
                continue
            ((name, options),) = told.items()
            options = dict(options)
            if "when" in options and not _holds(options.pop("when"), event):
                continue
            if name == "drop_event":
                return False
            _PROCESSORS[name](event, **options)
        return True


def value(event: Document, name: str) -> Any:
    """What stands under a dotted name, None if nothing does."""
    found: Any = event
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def put(event: Document, name: str, new: Any) -> None:
    *path, last = name.split(".")
    for part in path:
        event = event.setdefault(part, {})
    event[last] = new


def _parsed(parser: Config, line: str) -> Document:
    assert parser == {"container": {"stream": "all", "format": "docker"}}
    told = json.loads(line)
    message = str(told["log"]).removesuffix("\n")
    return {"message": message, "stream": told["stream"], "@timestamp": told["time"]}


def _holds(condition: Config, event: Document) -> bool:
    ((kind, told),) = condition.items()
    if kind == "not":
        return not _holds(told, event)
    ((name, wanted),) = told.items()
    found = value(event, name)
    if kind == "regexp":
        return isinstance(found, str) and re.search(wanted, found) is not None
    assert kind == "equals"
    return bool(found == wanted)


def _fingerprint(
    event: Document, fields: list[str], target_field: str, ignore_missing: bool = False
) -> None:
    text = ""
    for name in sorted(fields):
        found = value(event, name)
        assert found is not None or ignore_missing, name
        text += f"|{name}|{found}" if found is not None else ""
    put(event, target_field, sha256(f"{text}|".encode()).hexdigest())


def _decode_json_fields(event: Document, fields: list[str], **options: Any) -> None:
    assert options == {
        "target": "",
        "expand_keys": True,
        "overwrite_keys": True,
        "add_error_key": True,
    }
    assert fields == ["message"]
    try:
        _merge(event, _nested(json.loads(event["message"])))
        datetime.fromisoformat(event["@timestamp"])
    except ValueError as error:
        _merge(event, {"error": {"message": str(error), "type": "json"}})


def _nested(document: Document) -> Document:
    nested: Document = {}
    for name, each in document.items():
        put(nested, name, _nested(each) if isinstance(each, dict) else each)
    return nested


def _merge(event: Document, new: Document) -> None:
    for name, each in new.items():
        if isinstance(each, dict) and isinstance(event.get(name), dict):
            _merge(event[name], each)
        else:
            event[name] = each


def _add_fields(event: Document, target: str, fields: Document) -> None:
    _merge(event, {target: dict(fields)})


def _drop_fields(event: Document, fields: list[str], ignore_missing: bool) -> None:
    for name in fields:
        assert name in event or ignore_missing
        event.pop(name, None)


def _add_docker_metadata(event: Document, host: str) -> None:
    """What it would add is handed to `ship`."""


_PROCESSORS: dict[str, Any] = {
    "fingerprint": _fingerprint,
    "decode_json_fields": _decode_json_fields,
    "add_fields": _add_fields,
    "drop_fields": _drop_fields,
    "add_docker_metadata": _add_docker_metadata,
}


def _expanded(told: Any, environment: Mapping[str, str]) -> Any:
    """`${NAME:default}` filled in; what looks like a boolean is one."""
    if isinstance(told, dict):
        return {name: _expanded(each, environment) for name, each in told.items()}
    if isinstance(told, list):
        return [_expanded(each, environment) for each in told]
    if not isinstance(told, str) or "${" not in told:
        return told
    text = _VARIABLE.sub(lambda it: environment.get(it[1], it[2] or ""), told)
    return {"true": True, "false": False}.get(text, text)
