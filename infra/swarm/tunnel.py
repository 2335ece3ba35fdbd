"""`make kibana`, `make grafana`, `make prometheus`, `make alertmanager`: a tunnel until Ctrl-C.

It forwards a port of the loopback address of the engine's node to what no node publishes.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from infra.swarm import rollout
from infra.swarm.docker import exit_status, inspect, run, say
from infra.swarm.metrics import of_metrics
from infra.swarm.settings import Settings, read
from infra.swarm.ship import of_logs
from infra.trouble import Trouble

PROGRAM = Path(__file__).parent / "inside" / "tunnel.py"


@dataclass(frozen=True)
class Target:
    """A network of the stack `of` this one and a port there; `made_by` puts both up."""

    of: Callable[[Settings], Settings]
    network: str
    port: int
    made_by: str


TARGETS = {
    "kibana": Target(of_logs, "logs", 5601, "make ship-logs"),
    "grafana": Target(of_metrics, "metrics", 3000, "make deploy-metrics"),
    "prometheus": Target(of_metrics, "metrics", 9090, "make deploy-metrics"),
    "alertmanager": Target(of_metrics, "metrics", 9093, "make deploy-metrics"),
}


def main() -> None:
    open_to(read(), sys.argv[1])


def open_to(settings: Settings, name: str) -> None:
    """Forward connections to one of TARGETS until Ctrl-C."""
    target = TARGETS[name]
    network, port = target.of(settings).service(target.network), target.port
    if not inspect("network", network):
        raise Trouble(f"There is no network {network}; `{target.made_by}` makes it.")
    # A running image: an operator in trouble has no time to build one, and may not be able to.
    image = rollout.look(settings.service("users")).image
    if not rollout.look(target.of(settings).service(name)).right:
        say(f"{name} is not up, so nothing answers until it is; `make doctor` says why.")
    say(f"http://127.0.0.1:{port} on this engine's node; Ctrl-C closes the tunnel.")
    if (engine := os.environ.get("DOCKER_HOST", "")).startswith("ssh://"):
        say(f"From here, in a second terminal: ssh -N -L {port}:127.0.0.1:{port} {engine}")
    command = ["python", "-c", PROGRAM.read_text(encoding="utf-8"), f"{name}:{port}"]
    container = f"{settings.stack}-tunnel-{token_hex(4)}"
    options = ["--rm", "--name", container, "--init", "--read-only", "--cap-drop", "ALL"]
    options += ["--network", network, "--publish", f"127.0.0.1:{port}:{port}"]
    try:
        done = run("run", *options, image, *command)
    except KeyboardInterrupt:
        # The engine may be far away: docker may not have had the time to tell it.
        run("rm", "--force", container)
        say("\nThe tunnel is closed.")
        return
    if done.returncode:
        raise Trouble(f"The tunnel did not open: {done.stderr.strip()}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
