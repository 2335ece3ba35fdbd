"""`make restore FILE=…`: bring a dump into a fresh cluster, and prove that all of it is there.

FILE is the name of a dump in the volume of backups, `newest`, or the path of one on the machine
that the engine runs on (with its .json beside it). FORCE=yes replaces a cluster that holds data.
"""

import os
import sys
from pathlib import Path

from infra.swarm import deploy, images, secrets, smoke, vault
from infra.swarm.docker import Trouble, say, told
from infra.swarm.settings import read


def main() -> None:
    settings = read()
    name = os.environ.get("FILE")
    if not name:
        raise Trouble("FILE must name a dump; `newest` is one too.")
    deploy.check_swarm(settings)
    say("Database")
    vault.make_cluster(settings)
    image = images.image(settings, vault.PART)
    file = Path(name) if Path(name).is_file() else None
    if file is None:
        vault.check(settings)
    wanted = {secrets.ADMIN: "ADMIN_DATABASE_URL", vault.ACCOUNT: "ACCOUNT"} | vault.passwords()
    forced = {"MINITWIT_FORCE": "true" if os.environ.get("FORCE") == "yes" else "false"}
    say("Restore")
    given = f"/given/{file.name}" if file else name
    say(f"  {vault.perform(settings, image, 'restore', wanted, given, told=forced, file=file)}")
    if deploy.is_whole(settings):
        smoke.main_at(settings.url)


if __name__ == "__main__":
    sys.exit(told(main))
