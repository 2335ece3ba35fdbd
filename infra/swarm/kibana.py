"""`make kibana`: a door to Kibana on the loopback address of the engine's node, until Ctrl-C."""

import os
import sys

from infra.logs.door import PORT
from infra.swarm import images
from infra.swarm.docker import Trouble, inspect, run, say, told
from infra.swarm.settings import read
from infra.swarm.ship import of_logs


def main() -> None:
    settings = read()
    network = of_logs(settings).service("logs")
    if not inspect("network", network):
        raise Trouble(f"There is no stack {settings.stack}-logs; `make ship-logs` makes it.")
    image = images.image(settings, "logs")
    say(f"http://127.0.0.1:{PORT} on the node that this engine is of; Ctrl-C closes the door.")
    if "ssh://" in (host := os.environ.get("DOCKER_HOST", "")):
        name = host.removeprefix("ssh://").rstrip("/")
        say(f"From here, in a second terminal: ssh -N -L {PORT}:127.0.0.1:{PORT} {name}")
    command = ["python", "-m", "infra.logs.door", "kibana:5601"]
    options = ["--rm", "--init", "--read-only", "--cap-drop", "ALL", "--network", network]
    done = run("run", *options, "--publish", f"127.0.0.1:{PORT}:{PORT}", image, *command)
    if done.returncode:
        raise Trouble(f"The door did not open: {done.stderr.strip()}")


if __name__ == "__main__":
    sys.exit(told(main))
