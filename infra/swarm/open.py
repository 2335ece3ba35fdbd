"""`make grafana`, `make prometheus`, `make alertmanager`: a tunnel until Ctrl-C."""

import sys

from infra.swarm import tunnel
from infra.swarm.docker import exit_status
from infra.swarm.metrics import of_metrics
from infra.swarm.settings import read

PORTS = {"grafana": 3000, "prometheus": 9090, "alertmanager": 9093}


def main() -> None:
    settings, part = read(), sys.argv[1]
    network = of_metrics(settings).service("metrics")
    tunnel.open_to(settings, network, part, PORTS[part], "make deploy-metrics")


if __name__ == "__main__":
    sys.exit(exit_status(main))
