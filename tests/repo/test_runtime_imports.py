"""What `make` targets that install no test tools run needs none of them."""

import ast
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT, ROOT / "chassis", *sorted((ROOT / "services").iterdir()))
TARGETS = re.findall(
    r"^([a-z-]+)(?= [a-z -]*: ready|: ready)", (ROOT / "Makefile").read_text(), re.M
)
DISTRIBUTIONS = packages_distributions()
# What an image runs, by the lock that it is made from.
RUN = {
    **{
        f"services/{path.name}": ("chassis.serve", "chassis.health", f"{path.name}.app")
        for path in (ROOT / "services").iterdir()
    },
    "infra/logs": ("infra.logs.provision", "infra.logs.watch"),
}
# The image of the backups is made from the lock of users.
RUN["services/users"] += tuple(
    f"infra.backup.{name}" for name in ("keeper", "now", "drill", "restore", "role", "health")
)


def modules(target: str, *settings: str) -> set[str]:
    """The modules that a target would run."""
    command = ["make", "--dry-run", target, *settings]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"python -m ([\w.]+)", shown))


def source(module: str) -> Path | None:
    """The file of a module of ours."""
    path = Path(*module.split("."))
    found = (
        folder / file
        for folder in FOLDERS
        for file in (path.with_suffix(".py"), path / "__init__.py", path / "__main__.py")
    )
    return next((file for file in found if file.is_file()), None)


@cache
def imported(file: Path) -> list[str]:
    """The modules that a file names; of `from a import b` both a and a.b."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return found


def needed(module: str) -> set[str]:
    """The packages of others that a module imports, itself or by modules of ours."""
    waiting, seen, packages = [module], set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if file := source(name):
            waiting += imported(file)
        else:
            packages.add(name.split(".")[0])
    return packages & DISTRIBUTIONS.keys() - sys.stdlib_module_names


def pinned(folder: str) -> set[str]:
    text = (ROOT / folder / "requirements.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==", text, re.M))


def unpinned(module: str, folder: str) -> list[str]:
    known = pinned(folder)
    return [
        f"{module} imports {package}"
        for package in sorted(needed(module))
        if not {name.lower().replace("_", "-") for name in DISTRIBUTIONS[package]} & known
    ]


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_target_imports_is_installed_for_it(target: str) -> None:
    run = modules(target) | modules(target, "LOCAL=yes")
    assert run
    assert [line for module in sorted(run) for line in unpinned(module, "dev")] == []


@pytest.mark.parametrize(("folder", "module"), [(at, it) for at in RUN for it in RUN[at]])
def test_what_an_image_runs_is_in_its_lock(folder: str, module: str) -> None:
    assert source(module)
    assert unpinned(module, folder) == []


def test_an_image_has_no_client_that_only_tests_and_tools_call_by() -> None:
    assert [name for name in RUN if "requests" in pinned(name)] == ["infra/logs"]


def test_the_targets_are_found() -> None:
    assert {"run", "deploy", "restore", "kibana"} <= set(TARGETS)
    assert "psycopg2" in needed("dev.run")
