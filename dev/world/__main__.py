"""`make world SIZE=10k|1m|10m`: fill the system that runs from STATE, or one made for it there.

SEED chooses the world; the same seed makes the same one.
"""

import os
import sys

from dev.simulator import words
from dev.started import running_or, started
from dev.system import exit_status, folder, owner_urls
from dev.world import size
from dev.world.loading import PASSWORD, load
from dev.world.people import PROBES


def main() -> int:
    return exit_status(make, "what was begun is no world: load one into another STATE")


def make() -> None:
    wanted = size.named(os.environ.get("SIZE") or "10k")
    seed = words.seed(os.environ.get("SEED") or "1")
    with running_or(started(folder())) as system:
        load(wanted, seed, owner_urls(system))
    print(f"{wanted.people:,} people, {wanted.messages:,} messages.")
    print(f"Sign in as any of them; the password is: {PASSWORD}")
    print(f"Some are named after whom they follow: {', '.join(PROBES)}.")


if __name__ == "__main__":
    sys.exit(main())
