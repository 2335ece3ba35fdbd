"""Names that stand in several places are the same everywhere."""

import re
import tomllib
from ast import literal_eval
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from chassis.config import Config, DatabaseConfig
from dev import services
from messages.errors import LONGEST_TEXT, TextTooLong
from tests.world import WEB
from users.names import RESERVED
from web.app import create_app
from web.clients import messages

ROOT = Path(__file__).parents[2]
SERVICES = {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}
# Which of them only others call; there is none yet.
INSIDE = frozenset[str]()
GATEWAY = ROOT / "gateway"


def gateway(file: str) -> str:
    return (GATEWAY / file).read_text(encoding="utf-8")


def test_the_runner_starts_every_service() -> None:
    assert set(services.NAMES) == set(services.PROVIDERS) == SERVICES


def test_the_types_and_the_tests_know_every_service() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    folders = {f"services/{name}" for name in SERVICES}
    assert folders <= set(settings["mypy"]["mypy_path"].split(":"))
    assert folders <= set(settings["pytest"]["ini_options"]["pythonpath"])


def declared() -> Iterator[tuple[str, str]]:
    """Each setting, and where it is described."""
    for kind in (Config, DatabaseConfig):
        yield from ((f"MINITWIT_{field.upper()}", "chassis") for field in kind.__annotations__)
    for name in sorted(SERVICES):
        kind = import_module(f"{name}.config").Config
        fields = kind.__annotations__.keys() - Config.__annotations__.keys()
        yield from ((f"_{field.upper()}`", f"services/{name}") for field in sorted(fields))


@pytest.mark.parametrize(("setting", "folder"), [*declared()])
def test_every_setting_is_described(setting: str, folder: str) -> None:
    assert setting in (ROOT / folder / "README.md").read_text(encoding="utf-8")


def test_the_gateway_knows_every_service_that_the_outside_may_call() -> None:
    called = SERVICES - INSIDE
    known = set(re.findall(r"^upstream (\w+)", gateway("addresses.production.conf"), re.M))
    assert known == called
    assert set(re.findall(r"proxy_pass http://(\w+);", gateway("routes.conf"))) == called


def test_a_laptop_makes_every_schema() -> None:
    inside = ROOT / "infra" / "swarm" / "inside"
    (listed,) = re.findall(r"^SCHEMAS = (.*)$", (inside / "laptop.py").read_text(), re.M)
    (looped,) = re.findall(r"^for schema in (.*); do$", (inside / "bootstrap.sh").read_text(), re.M)
    assert set(literal_eval(listed)) == set(looped.split()) == set(services.SCHEMAS)


def test_the_linter_takes_every_service_for_ours() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert set(ruff["isort"]["known-first-party"]) >= SERVICES


def test_page_names_are_reserved() -> None:
    rules = [rule.rule for rule in create_app(WEB).url_map.iter_rules()]
    first = {rule.split("/")[1] for rule in rules if not rule.startswith("/<") and rule != "/"}
    assert first <= RESERVED


def test_the_gateways_own_routes_are_reserved_names() -> None:
    named = re.findall(
        r"location (?:= |\^~ )/([\w.]+)", gateway("routes.conf") + gateway("pages.conf")
    )
    (inside,) = re.findall(r"location ~ \^/\(\?:([\w|]+)\)", gateway("routes.conf"))
    assert {*named, *inside.split("|")} <= RESERVED


def test_web_refuses_too_long_a_text_as_messages_does() -> None:
    assert (LONGEST_TEXT, TextTooLong.detail) == (messages.LONGEST_TEXT, messages.TOO_LONG)


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_service_has_the_same_shape(service: str) -> None:
    folder = ROOT / "services" / service
    own = {"README.md", "openapi.yaml", "pyproject.toml", "requirements.txt", "tests", service}
    assert own <= {path.name for path in folder.iterdir()}
    assert {"app.py", "config.py", "errors.py"} <= {
        path.name for path in (folder / service).iterdir()
    }
    assert (folder / "migrations").exists() == (service in services.SCHEMAS)


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_each_description_names_its_service(service: str) -> None:
    text = (ROOT / "services" / service / "openapi.yaml").read_text(encoding="utf-8")
    assert service in yaml.safe_load(text)["info"]["title"].lower()


def test_migrations_are_numbered_without_gaps() -> None:
    for service in services.SCHEMAS:
        versions = ROOT / "services" / service / "migrations" / "versions"
        numbers = sorted(path.name[:4] for path in versions.glob("[0-9]*.py"))
        assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
