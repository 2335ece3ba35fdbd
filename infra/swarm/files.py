"""Files of the repository that containers read as configs, each named by its content's hash."""

from collections.abc import Mapping
from pathlib import Path

from infra.swarm import secrets
from infra.swarm.docker import ROOT, inspect, lines
from infra.swarm.settings import Settings

INFRA = ROOT / "infra"
RELAY = INFRA / "logs" / "relay"
POSTGRES = INFRA / "postgres"
# By purpose: of docker-stack.yml, docker-stack.logs.yml and docker-stack.metrics.yml.
OF_STACK = {
    "relay-run": RELAY / "run.sh",
    "relay": RELAY / "relay.sh",
    "relay-ecs": RELAY / "ecs.awk",
    "relay-postgres": RELAY / "postgres.awk",
    "postgres-access": POSTGRES / "pg_hba.conf",
}
OF_LOGS = {
    "elasticsearch": INFRA / "elasticsearch" / "elasticsearch.yml",
    "kibana": INFRA / "kibana" / "kibana.yml",
    "filebeat": INFRA / "filebeat" / "filebeat.yml",
    "socket": INFRA / "filebeat" / "socket.conf",
}
RULES = INFRA / "prometheus" / "rules"
BOARDS = INFRA / "grafana" / "dashboards"
OF_METRICS = {
    "prometheus": INFRA / "prometheus" / "prometheus.yml",
    "blackbox": INFRA / "prometheus" / "blackbox.yml",
    "alertmanager": INFRA / "alertmanager" / "alertmanager.yml",
    "grafana-source": INFRA / "grafana" / "provisioning" / "datasource.yml",
    "grafana-folder": INFRA / "grafana" / "provisioning" / "dashboards.yml",
    **{f"rules-{path.stem}": path for path in sorted(RULES.glob("*.yml"))},
    **{f"board-{path.stem}": path for path in sorted(BOARDS.glob("*.json"))},
}


def configs(settings: Settings, files: Mapping[str, Path]) -> dict[str, str]:
    """Create today's configs; returns their names by the variables that stack files use."""
    return {
        secrets.variable("CONFIG", purpose): secrets.create(
            settings, purpose, path.read_text(encoding="utf-8"), kind="config"
        )
        for purpose, path in files.items()
    }


def forget(settings: Settings, *purposes: str) -> None:
    """Remove the configs that others have replaced, except those that a rollback needs."""
    label = f"label=com.docker.stack.namespace={settings.stack}"
    services = inspect("service", *lines("service", "ls", "--quiet", "--filter", label))
    before = [service["PreviousSpec"] for service in services if service.get("PreviousSpec")]
    configs = [
        it for each in before for it in each["TaskTemplate"]["ContainerSpec"].get("Configs") or ()
    ]
    secrets.forget(settings, "config", *purposes, but={it["ConfigName"] for it in configs})
