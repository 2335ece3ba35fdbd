"""`make rollback SERVICE=messages`: what the service was told before, watched and proved.

A second one goes forward again. The schema stays as it is: migrations expand first, so the
earlier code runs on it.
"""

import os
import sys

from infra.swarm import memory, rollout, smoke
from infra.swarm.docker import Trouble, say, told
from infra.swarm.settings import parts, read


def main() -> None:
    if not os.environ.get("SERVICE"):
        raise Trouble("Say which: make rollback SERVICE=messages")
    settings = memory.recall(read())
    service = settings.service(parts()[0])
    why_not = rollout.can_go_back(service)
    if why_not:
        hint = f"deploy its image instead, as {parts()[0].upper()}_IMAGE=…"
        raise Trouble(f"{service} can't be taken back: {why_not}; {hint}")
    rollout.go_back(service)
    smoke.main_at(settings.url)
    say("Taken back.")


if __name__ == "__main__":
    sys.exit(told(main))
