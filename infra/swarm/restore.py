"""`make restore FILE=…`: restore a dump into a fresh cluster, and prove that all of it is there.

FILE is the name of a dump in the volume of backups, `newest`, or the path of a dump (with its .json
beside it) on the engine's machine; if that is another machine than this one, the path must be
absolute. FORCE=yes replaces a cluster that holds data.

The services are locked out until everything is proved and those that cache names have restarted:
a name that was registered after the dump has an id that somebody else will get now.
"""

import os
import sys
from pathlib import Path

from infra.swarm import backups, database, deploy, remembered, rollout, secrets, smoke
from infra.swarm.docker import engine, exit_status, say
from infra.swarm.settings import SCHEMAS, Settings, read
from infra.trouble import Trouble

KEEP_NAMES = ("messages", "followers", "web")


def main() -> None:
    settings, name = read(), os.environ.get("FILE")
    if not name:
        raise Trouble("FILE must name a dump, or be `newest`.")
    deploy.check_swarm(settings)
    with remembered.keeping(settings) as settings:
        restore(settings, name)


def restore(settings: Settings, name: str) -> None:
    say("Database")
    backups.make_cluster(settings)
    image = backups.image_at_hand(settings)
    say("Restore")
    say(f"  {restored(settings, image, name, force=os.environ.get('FORCE') == 'yes')}")
    say("Services")
    since = rollout.start_anew(*map(settings.service, KEEP_NAMES))
    let_in(settings)
    for service, newest in since.items():
        rollout.await_settled(service, newest)
    if deploy.is_whole(settings):
        smoke.main_at(settings.url)


def restored(settings: Settings, image: str, name: str, *, force: bool) -> str:
    """Restore a dump; returns in one line what is proved of it."""
    wanted = {secrets.ADMIN: "ADMIN_DATABASE_URL", backups.ACCOUNT: "ACCOUNT"}
    variables = {"MINITWIT_FORCE": str(force).lower()}
    if file := file_of(name):
        given = f"/given/{file.name}"
        return backups.perform(
            settings, image, "restore", wanted, given, variables=variables, file=file
        )
    backups.check(settings)
    return backups.perform(settings, image, "restore", wanted, name, variables=variables)


def file_of(name: str) -> Path | None:
    """The path that FILE means on the engine's node; None for a dump in the volume."""
    file = Path(name)
    if file.is_absolute():
        return file
    if not file.is_file():
        return None
    if not (address := engine()).startswith("unix://"):
        raise Trouble(
            f"{name} lies on this machine, and the engine is at {address}: bring it and its .json"
            " to that node and give its absolute path there (docs/backups.md)."
        )
    return file.absolute()


def let_in(settings: Settings) -> None:
    """Set today's passwords again, and migrate a dump that is older than what runs.

    Services that are not deployed yet get both by `make deploy`.
    """
    running = deploy.running_images(settings)
    there = [schema for schema in SCHEMAS if schema in running]
    # All passwords first: rarely is there anything to migrate, and looking takes a job for each.
    for step in (database.bootstrap, database.migrate):
        for schema in there:
            step(settings, schema, running[schema])


if __name__ == "__main__":
    sys.exit(exit_status(main))
