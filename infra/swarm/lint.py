"""Part of `make lint`: Docker itself reads docker-stack.yml; without Docker it is left out.

What the file must say is held by tests/repo/test_stack.py, which needs no Docker.
"""

import shutil
import sys

from infra.swarm.docker import docker, say, told
from infra.swarm.stack import FILE


def main() -> None:
    if shutil.which("docker") is None:
        say("docker-stack.yml: not read by Docker, which is not here")
        return
    docker("stack", "config", "--compose-file", str(FILE))


if __name__ == "__main__":
    sys.exit(told(main))
