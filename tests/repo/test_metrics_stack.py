"""What docker-stack.metrics.yml may not lose, read from the file: no engine is needed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dev.services import NAMES
from infra.grafana.as_json import SOURCE
from infra.swarm import files, metrics
from tests.repo.test_stack import STACK, default_of, sick_after, watched

ROOT = Path(__file__).parents[2]
WATCH: dict[str, Any] = yaml.safe_load(metrics.FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = WATCH["services"]
PROMETHEUS: dict[str, Any] = yaml.safe_load(files.OF_METRICS["prometheus"].read_text("utf-8"))
every = pytest.mark.parametrize("name", sorted(SERVICES))


def test_it_has_all_that_is_put_up() -> None:
    assert set(SERVICES) == set(metrics.PARTS)


@every
def test_runs_unprivileged_bounded_and_unpublished(name: str) -> None:
    service = SERVICES[name]
    assert service["user"].partition(":")[0] not in ("", "0", "root")
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert not {"privileged", "cap_add", "ports"} & set(service)
    assert set(service["deploy"]["resources"]["limits"]) >= {"cpus", "memory"}
    assert set(service["logging"]["options"]) >= {"max-size", "max-file"}
    assert service["labels"] == {"com.minitwit.logs": "none"}
    assert service["deploy"]["endpoint_mode"] == "dnsrr"


@every
def test_is_checked_and_watched_for_long_enough(name: str) -> None:
    check, update = SERVICES[name]["healthcheck"], SERVICES[name]["deploy"]["update_config"]
    assert watched(SERVICES[name]) > sick_after(check)
    assert update["failure_action"] == "rollback"
    assert update["order"] == "stop-first"
    assert check["test"][0] == "CMD"


@every
def test_is_deployed_by_a_name_that_means_one_thing(name: str) -> None:
    assert re.search(r":v?\d+\.\d+\.\d+$", default_of(SERVICES[name]["image"]))


def test_it_joins_the_stacks_networks_and_only_where_it_must() -> None:
    joined = {name: set(it["networks"]) - {"metrics"} for name, it in SERVICES.items()}
    assert joined == {
        "prometheus": {"edge"},
        "blackbox": {"edge"},
        "postgres-exporter": {"database"},
        "alertmanager": set(),
        "grafana": set(),
    }
    for name in ("edge", "database"):
        assert WATCH["networks"][name] == {"external": True, "name": f"${{STACK:-minitwit}}_{name}"}
        assert name in STACK["networks"]


def test_every_file_reaches_the_place_where_it_is_read() -> None:
    told = [it for each in SERVICES.values() for it in each.get("configs", [])]
    given = {it["source"]: it["target"] for it in told}
    assert set(given) == set(WATCH["configs"]) == {*files.OF_METRICS, metrics.PUBLIC}
    rules = {path.name for path in (ROOT / "infra" / "prometheus" / "rules").glob("*.yml")}
    boards = {path.name for path in (ROOT / "infra" / "grafana" / "dashboards").glob("*.json")}
    places = set(given.values())
    assert {f"/etc/prometheus/rules/{name}" for name in rules} <= places
    assert {f"/etc/grafana/dashboards/{name}" for name in boards} <= places


def test_secrets_come_as_files() -> None:
    used = {name for it in SERVICES.values() for name in it.get("secrets", [])}
    assert used == set(WATCH["secrets"]) == {*metrics.RECEIVERS, metrics.PASSWORD, metrics.GRAFANA}
    for service in SERVICES.values():
        for setting, value in (service.get("environment") or {}).items():
            if re.search("PASS|SECRET|KEY", setting):
                assert str(value).startswith("/run/secrets/"), setting


def test_prometheus_finds_every_service_of_the_stack() -> None:
    by_job = {
        job["job_name"]: {
            name.removeprefix("tasks.")
            for found in job.get("dns_sd_configs", [])
            for name in found["names"]
        }
        for job in PROMETHEUS["scrape_configs"]
    }
    assert by_job["services"] == by_job["ready"] == set(NAMES)
    named = set().union(*by_job.values())
    assert named - {"postgres-exporter", "logs-watch"} == set(STACK["services"]) - {"postgres"}
    hosts = {
        each.partition(":")[0]
        for job in PROMETHEUS["scrape_configs"]
        for found in job.get("static_configs", [])
        for each in found["targets"]
    }
    assert hosts - {"localhost"} <= set(SERVICES)


def test_no_service_can_stop_unnoticed() -> None:
    """Of one that no rule names there is no number, and so no alert."""
    rules = (ROOT / "infra" / "prometheus" / "rules" / "system.yml").read_text(encoding="utf-8")
    (counted,) = re.findall(r'up\{job=~"([\w|]+)"\}', rules)
    missed = re.findall(r'"job", "(\w+)", "", ""', rules)
    assert set(counted.split("|")) == set(missed) == set(NAMES)


def test_grafana_has_the_source_that_its_dashboards_name() -> None:
    told = yaml.safe_load(files.OF_METRICS["grafana-source"].read_text("utf-8"))
    (source,) = told["datasources"]
    assert {"type": source["type"], "uid": source["uid"]} == SOURCE
    assert source["editable"] is False
    settings = SERVICES["grafana"]["environment"]
    assert settings["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert settings["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana-password"
