"""`make restore FILE=…`: bring a dump into a fresh cluster, and prove that all of it is there.

FILE is the name of a dump in the volume of backups, `newest`, or the path of one on the machine
that the engine runs on (with its .json beside it); where that is another than this one, an absolute
path. FORCE=yes replaces a cluster that holds data.

The services are shut out until all of it is proved, and until those that keep names have begun
anew: a name that was registered later than the dump has an id that somebody else gets now.
"""

import os
import sys
from pathlib import Path

from infra.swarm import database, deploy, memory, rollout, secrets, smoke, vault
from infra.swarm.docker import Trouble, exit_status, lines, say
from infra.swarm.settings import SCHEMAS, Settings, read

KEEP_NAMES = ("messages", "followers", "web")


def main() -> None:
    settings, name = read(), os.environ.get("FILE")
    if not name:
        raise Trouble("FILE must name a dump; `newest` is one too.")
    deploy.check_swarm(settings, builds=False)
    with memory.remembering(settings) as settings:
        restore(settings, name)


def restore(settings: Settings, name: str) -> None:
    say("Database")
    vault.make_cluster(settings)
    image = vault.image_at_hand(settings)
    say("Restore")
    say(f"  {restored(settings, image, name, force=os.environ.get('FORCE') == 'yes')}")
    say("Services")
    rollout.start_anew(*map(settings.service, KEEP_NAMES))
    let_in(settings)
    if deploy.is_whole(settings):
        smoke.main_at(settings.url)


def restored(settings: Settings, image: str, name: str, *, force: bool) -> str:
    """What is proved of the restored dump, in one line."""
    wanted = {secrets.ADMIN: "ADMIN_DATABASE_URL", vault.ACCOUNT: "ACCOUNT"}
    variables = {"MINITWIT_FORCE": str(force).lower()}
    if file := file_of(name):
        given = f"/given/{file.name}"
        return vault.perform(
            settings, image, "restore", wanted, given, variables=variables, file=file
        )
    vault.check(settings)
    return vault.perform(settings, image, "restore", wanted, name, variables=variables)


def file_of(name: str) -> Path | None:
    """The path that FILE means on the engine's node; None for a dump in the volume."""
    file = Path(name)
    if file.is_absolute():
        return file
    if not file.is_file():
        return None
    (engine,) = lines("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
    if not engine.startswith("unix://"):
        raise Trouble(
            f"{name} lies on this machine, and the engine is at {engine}: bring it and its .json"
            " to that node and give its absolute path there (docs/backups.md)."
        )
    return file.absolute()


def let_in(settings: Settings) -> None:
    """Today's passwords are good again; for what is not there yet, `make deploy` sees to it."""
    running = deploy.running_images(settings)
    for schema in SCHEMAS:
        if schema in running:
            database.bootstrap(settings, schema, running[schema])


if __name__ == "__main__":
    sys.exit(exit_status(main))
