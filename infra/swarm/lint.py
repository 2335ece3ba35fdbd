"""Part of `make lint`: has Docker itself read the stack files; skipped without Docker.

What the files must say is tested by tests/repo/test_stack.py and its like, which need no Docker.
"""

import shutil
import sys

from infra.swarm.docker import ROOT, docker, exit_status, say


def main() -> None:
    files = sorted(ROOT.glob("docker-stack*.yml"))
    if shutil.which("docker") is None:
        say(f"{', '.join(file.name for file in files)}: not read by Docker, which is not installed")
        return
    for file in files:
        docker("stack", "config", "--compose-file", str(file))


if __name__ == "__main__":
    sys.exit(exit_status(main))
