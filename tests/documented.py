"""A service against its openapi.yaml: what the tests of each service need for that.

`FUZZ=10000` makes about that many generated requests; without it a few, always the same ones.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
import yaml
from flask import Flask
from hypothesis import HealthCheck, settings

METHODS = {"get", "put", "post", "delete"}


class Document:
    """Stands in for the app during collection; the first test that runs sets the real one."""

    app: Flask

    def __init__(self, file: Path) -> None:
        self.content = yaml.safe_load(file.read_text())
        self.schema = schemathesis.openapi.from_dict(self.content)
        self.schema.app = self
        self.schema.hook("filter_case")(leads_to_its_operation)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)

    def operations(self) -> Iterator[tuple[str, str, Any]]:
        """Method, path and description of each, with the parameters that its path has."""
        for path, item in self.content["paths"].items():
            for method in METHODS & item.keys():
                shared = {"parameters": item["parameters"]} if "parameters" in item else {}
                yield method.upper(), path, {**shared, **item[method]}

    def requests(self, few: int) -> settings:
        """About so many for all operations that take any input; the others need only one."""
        takers = [o for _, _, o in self.operations() if "requestBody" in o or "parameters" in o]
        return settings(
            max_examples=int(os.environ.get("FUZZ", few)) // len(takers),
            derandomize="FUZZ" not in os.environ,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )

    def routes(self) -> set[tuple[str, str]]:
        return {(method, path) for method, path, _ in self.operations()}


def leads_to_its_operation(_context: Any, case: Any) -> bool:
    """False if a generated name makes it another operation's path, as `/login` for `/{name}`."""
    paths = case.operation.schema.raw_schema["paths"]
    return case.path == case.formatted_path or case.formatted_path not in paths


def served(app: Flask) -> set[tuple[str, str]]:
    """The routes of an app, as a document writes them."""
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
