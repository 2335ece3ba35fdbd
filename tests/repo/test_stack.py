"""What docker-stack.yml may not lose, read from the file: no engine is needed."""

import dataclasses
import os
import re
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis import health
from chassis.config import PREFIX
from dev.secrets import SCHEMAS
from dev.services import NAMES, PROVIDERS
from infra.backup.health import LONGEST
from infra.swarm import secrets
from users import config as users_config
from web import config as web_config

ROOT = Path(__file__).parents[2]
STACK: dict[str, Any] = yaml.safe_load((ROOT / "docker-stack.yml").read_text(encoding="utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
OURS = NAMES
# What a check itself waits for an answer, where Docker's time-out is for a machine too busy to ask.
ANSWER_SECONDS = dict.fromkeys((*OURS, "gateway"), health.SECONDS)
every = pytest.mark.parametrize("name", sorted(SERVICES))


def seconds(text: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(ms|s|m)", default_of(text)).groups()  # type: ignore
    return int(number) * {"ms": 0.001, "s": 1, "m": 60}[unit]


def watched(service: dict[str, Any]) -> float:
    """For how long, after an update and after a rollback alike."""
    kinds = ("update_config", "rollback_config")
    return min(seconds(service["deploy"][kind]["monitor"]) for kind in kinds)


def sick_after(check: dict[str, Any], answer: float | None = None) -> float:
    """When a task that never answers is found unhealthy, at the latest."""
    attempt = seconds(check["interval"]) + (answer or seconds(check["timeout"]))
    return seconds(check["start_period"]) + int(check["retries"]) * attempt


def default_of(text: str) -> str:
    """What `${NAME:-default}` stands for when nothing is told."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(text))


def test_every_service_and_the_gateway_are_in_it() -> None:
    folders = {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}
    assert folders | {"gateway", "postgres"} <= set(SERVICES)


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_told_what_it_has_to_know_and_nothing_else(name: str) -> None:
    """It starts neither without a setting that it needs nor with one that it does not know."""
    told = {setting.removesuffix("_FILE") for setting in SERVICES[name]["environment"]}
    fields = {
        PREFIX + field.name.upper(): field
        for field in dataclasses.fields(import_module(f"{name}.config").Config)
    }
    assert {setting for setting in told if setting.startswith(PREFIX)} <= set(fields)
    needed = {it for it in fields if fields[it].default is dataclasses.MISSING}
    assert needed <= told


def test_the_public_page_is_stored_where_no_request_can_take_the_room() -> None:
    """An answer that nginx can't store is broken off."""
    (cache,) = re.findall(
        r"^proxy_cache_path (\S+) .*max_size=(\d+)m",
        (ROOT / "gateway" / "cache.conf").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    sizes = {
        each["target"]: each["tmpfs"]["size"]
        for each in SERVICES["gateway"]["volumes"]
        if each["type"] == "tmpfs"
    }
    assert sizes[f"/srv/gateway/{cache[0]}"] > int(cache[1]) * 1024 * 1024


@every
def test_runs_unprivileged(name: str) -> None:
    service = SERVICES[name]
    assert service["user"].partition(":")[0].isdigit()
    assert service["user"].partition(":")[0] != "0"
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["init"] is True
    assert "privileged" not in service
    assert "cap_add" not in service


@every
def test_is_bounded(name: str) -> None:
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert set(limits) >= {"cpus", "memory"}
    options = SERVICES[name]["logging"]["options"]
    assert set(options) >= {"max-size", "max-file", "max-buffer-size"}
    assert options["mode"] == "non-blocking"


@every
def test_is_checked_and_watched_for_long_enough(name: str) -> None:
    """Swarm only goes back on its own if it still watches when the check fails."""
    check, update = SERVICES[name]["healthcheck"], SERVICES[name]["deploy"]["update_config"]
    unnoticed = LONGEST.total_seconds() if name == "backup" else 0
    assert watched(SERVICES[name]) > sick_after(check, ANSWER_SECONDS.get(name)) + unnoticed
    assert update["failure_action"] == "rollback"
    assert update["max_failure_ratio"] == 0
    assert check["test"][0] == "CMD"
    assert "curl" not in check["test"]


@pytest.mark.parametrize("name", OURS)
def test_is_replaced_without_a_gap(name: str) -> None:
    service, deploy = SERVICES[name], SERVICES[name]["deploy"]
    drain = int(service["environment"]["MINITWIT_DRAIN_SECONDS"])
    assert deploy["update_config"]["order"] == "start-first"
    assert deploy["update_config"]["parallelism"] == 1
    assert int(default_of(deploy["replicas"])) >= 2
    # Resolvers keep an address for 2 s, Swarm waits 2 s, a request may take 25 s.
    assert drain > 4
    assert seconds(service["stop_grace_period"]) > drain + 25


@pytest.mark.parametrize("name", OURS)
def test_says_on_which_node_it_runs(name: str) -> None:
    assert SERVICES[name]["environment"]["MINITWIT_NODE"] == "{{.Node.Hostname}}"


def test_web_tells_people_the_shortest_password_that_users_takes() -> None:
    setting = "MINITWIT_PASSWORD_MIN_LENGTH"
    assert SERVICES["web"]["environment"][setting] == SERVICES["users"]["environment"][setting]
    assert web_config.Config.password_min_length == users_config.Config.password_min_length


@pytest.mark.contract("B Minimum password length on the web form: 8 in the production stack")
@pytest.mark.parametrize("name", ["users", "web"])
def test_a_password_in_production_needs_8_characters(name: str) -> None:
    length = SERVICES[name]["environment"]["MINITWIT_PASSWORD_MIN_LENGTH"]
    assert default_of(length) == "8"


@pytest.mark.contract("A.1 Credentials: simulator:super_safe! (a secret in production)")
@pytest.mark.parametrize("name", SCHEMAS)
def test_the_simulators_credentials_are_a_secret_in_production(name: str) -> None:
    service = SERVICES[name]
    file = service["environment"]["MINITWIT_SIMULATOR_CREDENTIALS_FILE"]
    assert file == "/run/secrets/simulator-credentials"
    assert "simulator-credentials" in service["secrets"]


@pytest.mark.parametrize("name", OURS)
def test_a_task_that_has_ended_is_started_again(name: str) -> None:
    assert SERVICES[name]["deploy"]["restart_policy"]["condition"] == "any"


@every
def test_needs_no_virtual_address(name: str) -> None:
    assert SERVICES[name]["deploy"]["endpoint_mode"] == "dnsrr"


@every
def test_is_deployed_by_a_name_that_means_one_thing(name: str) -> None:
    image = SERVICES[name]["image"]
    assert image.startswith(f"${{{name.upper()}_IMAGE:-")
    assert re.search(r":[\w.-]+\}?$", image.replace(":-", "="))
    assert "latest" not in image


def test_the_gateway_alone_is_published() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["gateway"]
    (port,) = SERVICES["gateway"]["ports"]
    assert port["mode"] == "host"
    assert SERVICES["gateway"]["deploy"]["mode"] == "global"
    assert SERVICES["gateway"]["deploy"]["update_config"]["order"] == "stop-first"


def test_gateway_and_web_reach_no_database() -> None:
    on_database = {name for name, it in SERVICES.items() if "database" in it["networks"]}
    assert not on_database & {"gateway", "web"}
    assert STACK["networks"]["database"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == ["database"]


def test_postgres_keeps_its_files_where_its_image_puts_them() -> None:
    mounted = {each["target"]: each for each in SERVICES["postgres"]["volumes"]}
    assert mounted["/var/lib/postgresql"]["source"] == "postgres"
    assert SERVICES["postgres"]["deploy"]["update_config"]["order"] == "stop-first"
    assert "node.labels" in SERVICES["postgres"]["deploy"]["placement"]["constraints"][0]


@pytest.mark.parametrize(
    ("status", "alive"), [(0, True), (1, True), (2, False), (3, False), (127, False)]
)
def test_postgres_is_not_killed_while_it_recovers(tmp_path: Path, status: int, alive: bool) -> None:
    """pg_isready: 0 lets in, 1 refuses as during recovery, 2 does not answer, 3 was not asked."""
    stub = tmp_path / "pg_isready"
    stub.write_text(f"#!/bin/sh\nexit {status}\n")
    stub.chmod(0o755)
    command = [word.replace("$$", "$") for word in SERVICES["postgres"]["healthcheck"]["test"][1:]]
    path = f"{tmp_path}:{os.environ['PATH']}"
    assert (subprocess.run(command, env={"PATH": path}).returncode == 0) is alive


def test_compose_waits_until_postgres_lets_somebody_in() -> None:
    services = COMPOSE["services"]
    assert services["schemas"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["postgres"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]


def test_services_can_connect_as_often_as_they_may() -> None:
    pools = sum((int(default_of(SERVICES[name]["deploy"]["replicas"])) + 1) * 8 for name in OURS)
    told = " ".join(map(default_of, SERVICES["postgres"]["command"]))
    (most,) = re.findall(r"max_connections=(\d+)", told)
    assert pools + 20 < int(most)


@every
def test_no_secret_stands_in_a_setting(name: str) -> None:
    for setting, value in (SERVICES[name].get("environment") or {}).items():
        if re.search(
            r"PASSWORD$|PASSWORD_FILE|SECRET|_KEYS?(_|$)|CREDENTIALS|DATABASE_URL", setting
        ):
            assert setting.endswith("_FILE"), setting
            assert str(value).startswith(("/run/secrets/", "/run/configs/")), setting


def test_the_stack_uses_the_secrets_that_are_made() -> None:
    made = set(secrets.names())
    used = {source for it in SERVICES.values() for source in it.get("secrets", [])}
    assert used == set(STACK["secrets"])
    assert {name for name in used if not name.startswith("backup-")} <= made


@pytest.mark.parametrize("kind", ["secrets", "configs"])
def test_secrets_and_configs_are_named_from_outside(kind: str) -> None:
    for name, told in STACK[kind].items():
        assert told["external"] is True
        assert f"_{name.upper().replace('-', '_')}:-" in told["name"]


@pytest.mark.parametrize("name", [*OURS, "gateway", "postgres"])
def test_compose_starts_what_the_stack_describes(name: str) -> None:
    told = {"file": "docker-stack.yml", "service": name}
    assert COMPOSE["services"][name]["extends"] == told


@pytest.mark.parametrize("name", OURS)
def test_compose_gives_a_service_what_the_stack_gives_it(name: str) -> None:
    """Its secrets as files of a volume, and the name by which NGINX looks for it."""
    service, told = COMPOSE["services"][name], SERVICES[name]["environment"]
    files = {setting for setting in told if setting.endswith("_FILE")}
    assert {it for it in files if not service["environment"][it].startswith("/laptop/")} == set()
    assert "secrets:/laptop:ro" in service["volumes"]
    assert service["networks"]["edge"] == {"aliases": [f"tasks.{name}"]}
    assert set(service["networks"]) == set(SERVICES[name]["networks"])
    assert set(SERVICES[name]["secrets"]) <= set(COMPOSE["secrets"])


@pytest.mark.parametrize("name", OURS)
def test_compose_starts_a_service_after_what_it_needs(name: str) -> None:
    wanted = {other: {"condition": "service_healthy"} for other in PROVIDERS[name]}
    if name in SCHEMAS:
        migration = COMPOSE["services"][f"migrate-{name}"]
        assert migration["command"] == ["python", "-m", "chassis.migrate", name]
        assert migration["image"] == f"minitwit/{name}:laptop"
        wanted = {f"migrate-{name}": {"condition": "service_completed_successfully"}}
    assert COMPOSE["services"][name]["depends_on"] == wanted


def test_compose_publishes_the_gateway_alone() -> None:
    assert [name for name, it in COMPOSE["services"].items() if "ports" in it] == []


@pytest.mark.parametrize("name", OURS)
def test_an_images_own_check_is_the_stacks(name: str) -> None:
    text = (ROOT / "services" / name / "Dockerfile").read_text(encoding="utf-8")
    check = SERVICES[name]["healthcheck"]
    for option in ("interval", "timeout", "retries"):
        assert f"--{option}={check[option]} " in text
    assert f"--start-period={check['start_period']} " in text
