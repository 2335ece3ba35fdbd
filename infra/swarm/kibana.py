"""`make kibana`: a tunnel to Kibana on the loopback address of the engine's node, until Ctrl-C."""

import sys

from infra.swarm import tunnel
from infra.swarm.docker import exit_status
from infra.swarm.settings import read
from infra.swarm.ship import of_logs


def main() -> None:
    settings = read()
    network = of_logs(settings).service("logs")
    tunnel.open_to(settings, network, "kibana", 5601, "make ship-logs")


if __name__ == "__main__":
    sys.exit(exit_status(main))
