"""`make drill`: restore the newest dump (or FILE) into a throwaway Postgres.

One line says what is proved; the exit status is 1, with every problem, if anything is wrong.
"""

import os
import sys

from infra.swarm import backups
from infra.swarm.docker import exit_status, say
from infra.swarm.settings import read


def main() -> None:
    settings = read()
    backups.check(settings)
    image = backups.image_at_hand(settings)
    wanted = {backups.ACCOUNT: "ACCOUNT"}
    say(backups.perform(settings, image, "drill", wanted, os.environ.get("FILE") or "newest"))


if __name__ == "__main__":
    sys.exit(exit_status(main))
