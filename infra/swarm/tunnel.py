"""Port forwarding from the loopback address of the engine's node to what no node publishes."""

import os
from pathlib import Path
from secrets import token_hex

from infra.swarm import rollout
from infra.swarm.docker import Trouble, inspect, run, say
from infra.swarm.settings import Settings

PROGRAM = Path(__file__).parent / "inside" / "tunnel.py"


def open_to(settings: Settings, network: str, host: str, port: int, made_by: str) -> None:
    """Forward connections to HOST:PORT in a network until Ctrl-C; `made_by` makes the network."""
    if not inspect("network", network):
        raise Trouble(f"There is no network {network}; `{made_by}` makes it.")
    # A running image: an operator in trouble has no time to build one, and may not be able to.
    image = rollout.look(settings.service("users")).image
    say(f"http://127.0.0.1:{port} on this engine's node; Ctrl-C closes the tunnel.")
    if (engine := os.environ.get("DOCKER_HOST", "")).startswith("ssh://"):
        say(f"From here, in a second terminal: ssh -N -L {port}:127.0.0.1:{port} {engine}")
    command = ["python", "-c", PROGRAM.read_text(encoding="utf-8"), f"{host}:{port}"]
    name = f"{settings.stack}-tunnel-{token_hex(4)}"
    options = ["--rm", "--name", name, "--init", "--read-only", "--cap-drop", "ALL"]
    options += ["--network", network, "--publish", f"127.0.0.1:{port}:{port}"]
    try:
        done = run("run", *options, image, *command)
    except KeyboardInterrupt:
        # The engine may be far away: docker may not have had the time to tell it.
        run("rm", "--force", name)
        say("\nThe tunnel is closed.")
        return
    if done.returncode:
        raise Trouble(f"The tunnel did not open: {done.stderr.strip()}")
