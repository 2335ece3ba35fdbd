"""Files of the repository that containers read as configs, each under a name of its content's."""

from infra.swarm import secrets
from infra.swarm.docker import ROOT
from infra.swarm.settings import Settings

RELAY = ROOT / "infra" / "logs" / "relay"
FILES = {
    "relay-run": RELAY / "run.sh",
    "relay": RELAY / "relay.sh",
    "relay-ecs": RELAY / "ecs.awk",
    "relay-postgres": RELAY / "postgres.awk",
}


def configs(settings: Settings) -> dict[str, str]:
    """The names of today's configs, as docker-stack.yml is told them."""
    return {
        secrets.variable("CONFIG", purpose): secrets.create(
            settings, purpose, path.read_text(encoding="utf-8"), kind="config"
        )
        for purpose, path in FILES.items()
    }
