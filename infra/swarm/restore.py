"""`make restore FILE=…`: bring a dump into a fresh cluster, and prove that all of it is there.

FILE is the name of a dump in the volume of backups, `newest`, or the path of one on the machine
that the engine runs on (with its .json beside it). FORCE=yes replaces a cluster that holds data.
"""

import os
import sys
from pathlib import Path

from infra.swarm import deploy, images, secrets, smoke, vault
from infra.swarm.docker import Trouble, say, told
from infra.swarm.settings import Settings, read


def main() -> None:
    settings, name = read(), os.environ.get("FILE")
    if not name:
        raise Trouble("FILE must name a dump; `newest` is one too.")
    deploy.check_swarm(settings)
    say("Database")
    vault.make_cluster(settings)
    image = images.image(settings, vault.PART)
    say("Restore")
    say(f"  {restored(settings, image, name, force=os.environ.get('FORCE') == 'yes')}")
    if deploy.is_whole(settings):
        smoke.main_at(settings.url)


def restored(settings: Settings, image: str, name: str, *, force: bool) -> str:
    """What is proved of the restored dump, in one line."""
    wanted = {secrets.ADMIN: "ADMIN_DATABASE_URL", vault.ACCOUNT: "ACCOUNT"} | vault.passwords()
    told = {"MINITWIT_FORCE": str(force).lower()}
    file = Path(name)
    if file.is_file():
        given = f"/given/{file.name}"
        return vault.perform(settings, image, "restore", wanted, given, told=told, file=file)
    vault.check(settings)
    return vault.perform(settings, image, "restore", wanted, name, told=told)


if __name__ == "__main__":
    sys.exit(told(main))
