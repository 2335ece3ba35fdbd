"""No import crosses from one service into another, and what is of others is declared."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if path.is_dir())
OURS = {*SERVICES, "chassis", "dev", "infra", "gateway"}
DISTRIBUTIONS = packages_distributions()
# By folder, whose pyproject.toml says what its code needs.
DECLARED_BY = {
    "chassis/chassis": ("chassis",),
    **{f"services/{name}/{name}": ("chassis", f"services/{name}") for name in SERVICES},
    "infra/logs": ("infra/logs",),
    "infra": ("chassis", "dev"),
    "dev": ("chassis", "dev", "tests"),
}


def imports(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each file of a folder with each top-level name that it imports."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name.split(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield path, node.module.split(".")[0]


def strangers(folder: Path, allowed: set[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, name in imports(folder)
        if name in OURS - allowed
    ]


def declared(project: str) -> set[str]:
    text = (ROOT / project / "pyproject.toml").read_text(encoding="utf-8")
    needs = tomllib.loads(text)["project"]["dependencies"]
    return {re.split(r"[^\w.-]", need)[0] for need in needs}


def is_of(package: str, distributions: set[str]) -> bool:
    named = {name.lower().replace("_", "-") for name in DISTRIBUTIONS.get(package, ())}
    return not named or bool(named & distributions)


@pytest.mark.parametrize("folder", DECLARED_BY)
def test_what_is_imported_is_declared(folder: str) -> None:
    known = set().union(*map(declared, DECLARED_BY[folder]))
    assert [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, name in imports(ROOT / folder)
        if "tests" not in path.relative_to(ROOT).parts
        and name not in OURS | sys.stdlib_module_names
        and not is_of(name, known)
    ] == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_itself_and_the_chassis_alone(service: str) -> None:
    assert strangers(ROOT / "services" / service / service, {service, "chassis"}) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_tests_know_no_other_service(service: str) -> None:
    assert strangers(ROOT / "services" / service / "tests", {service, "chassis", "dev"}) == []


def test_the_chassis_imports_no_service() -> None:
    assert strangers(ROOT / "chassis", {"chassis", "dev"}) == []


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "web"])
def test_verbs_know_no_http(service: str) -> None:
    """Only a service's edge may import Flask: its routes, clients and tools; web is all edge."""
    edge = {"app", "routes", "simulator", "errors", "models", "tools", "authors", "people"}
    inside = [
        f"{path.name} imports {name}"
        for path, name in imports(ROOT / "services" / service / service)
        if name in ("flask", "werkzeug") and path.stem not in edge and "routes" not in path.parts
    ]
    assert inside == []
