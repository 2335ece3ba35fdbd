"""What docker-stack.logs.yml may not lose, read from the file: no engine is needed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.logs import provision
from infra.swarm import files, secrets, ship
from tests.repo.test_stack import seconds, sick_after, watched

ROOT = Path(__file__).parents[2]
STACK: dict[str, Any] = yaml.safe_load(ship.FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
ELASTIC = ("elasticsearch", "kibana", "filebeat")
every = pytest.mark.parametrize("name", sorted(SERVICES))


def image(name: str) -> str:
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", SERVICES[name]["image"])


def targets(name: str) -> dict[str, dict[str, Any]]:
    return {each["target"]: each for each in SERVICES[name].get("volumes", [])}


def test_it_has_all_that_is_put_up() -> None:
    assert set(SERVICES) == {*ship.KEPT, *ship.THE_REST}


@every
def test_nothing_is_published(name: str) -> None:
    assert "ports" not in SERVICES[name]
    assert SERVICES[name]["deploy"]["endpoint_mode"] == "dnsrr"


@every
def test_is_bounded_and_has_no_capability(name: str) -> None:
    service = SERVICES[name]
    assert set(service["deploy"]["resources"]["limits"]) >= {"cpus", "memory"}
    assert set(service["logging"]["options"]) >= {"max-size", "max-file"}
    assert service["cap_drop"] == ["ALL"]
    assert "privileged" not in service


@every
def test_is_checked_and_watched_for_long_enough(name: str) -> None:
    sick = sick_after(SERVICES[name]["healthcheck"])
    assert watched(SERVICES[name]) > sick
    # Until a new task is given up, and the old one that follows it has been watched as well.
    back = seconds(SERVICES[name]["deploy"]["rollback_config"]["monitor"])
    assert sick + back < ship.PATIENCE_SECONDS
    assert SERVICES[name]["deploy"]["update_config"]["failure_action"] == "rollback"


@every
def test_says_how_long_its_end_may_take(name: str) -> None:
    """The engine's default stands with services and not with tasks, which would seem to differ."""
    assert seconds(SERVICES[name]["stop_grace_period"]) >= 30


@every
def test_its_own_lines_are_not_shipped(name: str) -> None:
    assert SERVICES[name]["labels"] == {"com.minitwit.logs": "none"}
    filebeat = files.OF_LOGS["filebeat"].read_text(encoding="utf-8")
    assert "equals: {container.labels.com_minitwit_logs: none}" in filebeat


def test_the_three_are_of_one_version_and_the_gateways_nginx_is_the_sockets() -> None:
    assert len({image(name).rpartition(":")[2] for name in ELASTIC}) == 1
    assert f"FROM {image('socket')}" in (ROOT / "gateway" / "Dockerfile").read_text()


def test_docker_can_be_asked_and_not_commanded() -> None:
    """Filebeat's only way to it is the socket in between, which lets GET through for some paths."""
    assert "/var/run/docker.sock" not in targets("filebeat")
    for name in ("filebeat", "socket"):
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["deploy"]["mode"] == "global"
    assert targets("filebeat")["/var/lib/docker/containers"]["read_only"] is True
    assert targets("socket")["/sockets"]["source"] == targets("filebeat")["/sockets"]["source"]
    rules = files.OF_LOGS["socket"].read_text(encoding="utf-8")
    assert "limit_except GET { deny all; }" in rules
    assert "location / { return 403; }" in rules
    (way,) = re.findall(r"location ~ (\S+) \{", rules)
    # Filebeat's watcher asks the last but when the first ones answer.
    for path in ("/_ping", "/v1.41/info", "/v1.41/containers/json", "/v1.41/events"):
        assert re.search(way, path), path
    for path in ("/v1.41/secrets", "/v1.41/containers/0123abcd/json", "/v1.41/system/df"):
        assert not re.search(way, path), path


def test_what_was_read_and_what_is_kept_outlive_their_containers() -> None:
    for name, folder in (
        ("filebeat", "/usr/share/filebeat/data"),
        ("elasticsearch", "/usr/share/elasticsearch/data"),
    ):
        assert targets(name)[folder]["source"] in STACK["volumes"]


def test_elasticsearch_has_half_of_its_memory_for_files() -> None:
    heap = re.findall(
        r"-Xm[sx]\$\{\w+:-(\d+)g\}", SERVICES["elasticsearch"]["environment"]["ES_JAVA_OPTS"]
    )
    (memory,) = re.findall(
        r":-(\d+)G", SERVICES["elasticsearch"]["deploy"]["resources"]["limits"]["memory"]
    )
    assert heap[0] == heap[1]
    assert int(heap[0]) * 2 <= int(memory)


def test_elasticsearch_and_kibana_stay_where_their_volume_is() -> None:
    for name in ship.KEPT:
        (rule,) = SERVICES[name]["deploy"]["placement"]["constraints"]
        assert rule == f"node.labels.{ship.LABEL} == true"


def test_elasticsearch_is_secured_and_reads_its_certificate_where_it_may() -> None:
    told = yaml.safe_load(files.OF_LOGS["elasticsearch"].read_text(encoding="utf-8"))
    assert told["xpack.security.enabled"] is True
    assert told["xpack.security.http.ssl"]["enabled"] is True
    assert told["transport.host"] == "127.0.0.1"
    config = "/usr/share/elasticsearch/config/"
    mounted = {
        it["target"]: it
        for kind in ("configs", "secrets")
        for it in SERVICES["elasticsearch"][kind]
    }
    for key in ("key", "certificate"):
        assert config + told["xpack.security.http.ssl"][key] in mounted
    for each in SERVICES["elasticsearch"]["secrets"]:
        # Its start script refuses a password that others could read.
        assert (each["mode"], each["uid"]) == (0o400, "1000")


def test_it_is_told_every_secret_and_config_from_outside() -> None:
    made = {*ship.PASSWORDS, ship.KEY, *(f"{name}-key" for name in provision.KEYS)}
    assert set(STACK["secrets"]) == made
    assert set(STACK["configs"]) == {*files.OF_LOGS, ship.AUTHORITY, ship.CERTIFICATE}
    for kind in ("secrets", "configs"):
        for name, told in STACK[kind].items():
            assert told["external"] is True
            assert f"{secrets.variable(kind[:-1].upper(), name)}:-" in told["name"]


def test_new_keys_begin_without_the_old_ones_and_who_has_them() -> None:
    _, _, told = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8").partition("### New keys")
    (removed,) = re.findall(r"^docker service rm (.+)$", told, re.M)
    (let_go,) = re.findall(r"^for key in (.+); do$", told, re.M)
    keys = {f"{name}-key" for name in provision.KEYS}
    have = {name for name, it in SERVICES.items() if keys & set(map(str, it.get("secrets", [])))}
    assert set(let_go.split()) == keys
    assert {name.removeprefix("minitwit-logs_") for name in removed.split()} == have


def test_what_a_container_reads_under_run_is_what_it_is_given() -> None:
    for name, service in SERVICES.items():
        named = set(re.findall(r"/run/(?:secrets|configs)/[\w.-]+", json.dumps(service)))
        given = {f"/run/secrets/{it}" for it in service.get("secrets", []) if isinstance(it, str)}
        given |= {
            f"/run/secrets/{it['target']}"
            for it in service.get("secrets", [])
            if not isinstance(it, str)
        }
        given |= {it["target"] for it in service.get("configs", [])}
        assert named <= given, name
