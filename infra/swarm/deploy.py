"""`make deploy`, `make deploy SERVICE=messages`: build, migrate, update, prove, or roll back.

One service after the other. Each is migrated first (expand), then updated start-first; then
the swarm is asked what is really running, and the smoke test goes through the gateway. A service
that fails is rolled back, and the exit status and the last lines say why. One that has not
changed is left alone.
"""

import os
import sys
from typing import Any
from urllib.parse import urlsplit

from infra.swarm import (
    database,
    files,
    images,
    remembered,
    rollout,
    secrets,
    site,
    smoke,
    stack,
    tasks,
)
from infra.swarm.docker import docker, engine, exit_status, inspect, is_manager, say
from infra.swarm.settings import PARTS, SCHEMAS, Settings, parts, read
from infra.trouble import Trouble

Document = dict[str, Any]
POSTGRES = "postgres"
LABEL = "minitwit.postgres"
# For a stack without a database; POSTGRES_IMAGE may name a newer one of the same major version.
POSTGRES_IMAGE = "postgres:18"


def main(keep: bool = False) -> None:
    """Deploy; with `keep`, each part keeps the image that it is running."""
    settings = read()
    wanted = parts()
    check_swarm(settings, *(() if keep else wanted))
    if os.environ.get("SERVICE"):
        _check_neighbours(settings, wanted[0])
    with remembered.keeping(settings) as settings:
        check_address(settings)
        is_proved = bring(settings, wanted, keep)
        if not is_proved or len(wanted) > 1:
            smoke.main_at(settings.url)
    say("Deployed.")


def bring(settings: Settings, wanted: tuple[str, ...], keep: bool = False) -> bool:
    """Bring these parts up to date, and the database too unless SERVICE names one part.

    A service that is new gets its schema and roles in either case.
    Returns whether the smoke test could prove each change.
    """
    is_provable = can_prove(settings)
    running = running_images(settings)
    named = {**running, POSTGRES: postgres_image(running.get(POSTGRES))}
    say("Images")
    named |= {part: _image_for(settings, part, running, keep) for part in wanted}
    document = stack.rendered(settings, named)
    if not os.environ.get("SERVICE"):
        make_database(settings, document, named)
    elif wanted[0] in SCHEMAS and wanted[0] not in running:
        database.bootstrap(settings, wanted[0], named[wanted[0]])
    for part in wanted:
        say(part.capitalize())
        if part in SCHEMAS:
            database.migrate(settings, part, named[part])
        if roll(settings, document, part) and is_provable:
            prove(settings, part)
    files.forget(settings, *files.OF_STACK, site.PURPOSE)
    return is_provable


def _image_for(settings: Settings, part: str, running: dict[str, str], keep: bool) -> str:
    """The named image, the running one, or one of this folder; a line if it replaces another."""
    if not keep or os.environ.get(f"{part.upper()}_IMAGE"):
        wanted = images.image(settings, part)
    elif part in running:
        wanted = running[part]
    else:
        raise Trouble(f"{part} is not deployed; `make deploy` does it.")
    if part in running and running[part] != wanted:
        say(f"  {part}: {images.origin(wanted)} replaces {images.origin(running[part])}")
    return wanted


def roll(settings: Settings, document: Document, part: str) -> bool:
    """Update one part and wait for the outcome; False if there was nothing to do."""
    service = settings.service(part)
    if stack.is_current(settings, document, part) and rollout.look(service).is_settled:
        say(f"  {service}: unchanged")
        return False
    since = rollout.moment(service)
    stack.hand_over(settings, document, [part])
    rollout.await_settled(service, since)
    return True


def can_prove(settings: Settings) -> bool:
    """Whether the smoke test passes before anything changes: if not, it can't judge a change.

    It may fail once. Trouble if a new URL may be the reason.
    """
    if not is_whole(settings):
        return False
    trouble = _trouble(settings) and _trouble(settings)
    if trouble and settings.variables.get("URL") != remembered.variables(settings).get("URL"):
        raise Trouble(f"{trouble}\nThe URL is new; nothing was changed. Omit URL to go on.")
    if trouble:
        say(f"  {trouble}\n  It was so before anything changed: nothing is rolled back for it.")
    return trouble is None


def _trouble(settings: Settings) -> Trouble | None:
    """Run the smoke test; returns what it found, None if it passed."""
    try:
        smoke.test(settings.url)
    except Trouble as trouble:
        return trouble
    return None


def prove(settings: Settings, part: str) -> None:
    """Run the smoke test; if it fails, roll the part back if possible, and raise Trouble."""
    try:
        smoke.main_at(settings.url)
    except Trouble as trouble:
        service = settings.service(part)
        last = _log(service)
        why_not = rollout.why_no_rollback(service)
        if why_not:
            raise Trouble(f"{trouble}\n{part} stays as it is: {why_not}.\n{last}") from None
        say(f"  {trouble}\n  {service}: rolling back")
        rollout.roll_back(service)
        raise Trouble(f"{trouble}\n{part} was rolled back; it last said\n{last}") from None


def make_database(settings: Settings, document: Document, named: dict[str, str]) -> None:
    """Bring up the cluster, if it is the stack's own, and make each service's schema and roles."""
    say("Database")
    networks = inspect("network", *(settings.service(name) for name in ("edge", "database")))
    if secrets.has_own_cluster(secrets.current(settings, "secret")):
        if networks and not stack.is_current(settings, document, POSTGRES):
            say(f"  {settings.service(POSTGRES)}: changes, so it restarts; 503 for some seconds")
        roll(settings, document, POSTGRES)
    if len(networks) < 2:
        make_networks(settings, document)
    for schema in SCHEMAS:
        database.bootstrap(settings, schema, named[schema])


def make_networks(settings: Settings, document: Document) -> None:
    """Make the missing networks: jobs need both before the first service starts."""
    for name, wanted in document["networks"].items():
        if inspect("network", settings.service(name)):
            continue
        options = ["--driver", "overlay", "--label", f"com.docker.stack.namespace={settings.stack}"]
        options += ["--internal"] if wanted.get("internal") else []
        for key, value in (wanted.get("driver_opts") or {}).items():
            options += ["--opt", f"{key}={value}"]
        docker("network", "create", *options, settings.service(name))


def running_images(settings: Settings) -> dict[str, str]:
    """The images that the parts are running; parts that are not being deployed keep theirs."""
    found = inspect("service", *map(settings.service, (*PARTS, POSTGRES)))
    prefix = f"{settings.stack}_"
    return {each["Spec"]["Name"].removeprefix(prefix): _image(each) for each in found}


def postgres_image(running: str | None) -> str:
    """POSTGRES_IMAGE or the running image; for a stack that has none yet, the default."""
    chosen = os.environ.get("POSTGRES_IMAGE")
    if chosen and running:
        database.check_files(chosen, running)
    if chosen or not running:
        return images.pinned(chosen or POSTGRES_IMAGE)
    return running


def is_whole(settings: Settings) -> bool:
    """Whether every part is there, as the smoke test needs."""
    return len(inspect("service", *map(settings.service, PARTS))) == len(PARTS)


def check_swarm(settings: Settings, *builds: str) -> None:
    """Check for what would otherwise show only as a service that never starts.

    `builds` are the parts whose images are to be built, unless others are named.
    """
    if not is_manager():
        raise Trouble("This engine is no swarm manager; `docker swarm init` makes it one.")
    named = secrets.current(settings, "secret")
    secrets.variables(settings)
    check_registry(settings, *builds)
    if secrets.has_own_cluster(named):
        tasks.check_label(LABEL, "hold the database's files")


def check_registry(settings: Settings, *builds: str) -> None:
    """Trouble if other nodes would have no way to get an image that is built here."""
    built = [part for part in builds if not os.environ.get(f"{part.upper()}_IMAGE")]
    if built and not settings.registry and len(tasks.nodes()) > 1:
        raise Trouble("The swarm has several nodes; REGISTRY must name where they get images.")


def check_address(settings: Settings) -> None:
    """Trouble if URL is missing though the engine is on another machine.

    Its default is a loopback address of this machine, where nothing would answer.
    """
    address = engine()
    is_here = urlsplit(address).hostname in (None, "127.0.0.1", "localhost")
    if not is_here and "URL" not in settings.variables:
        raise Trouble(f"URL must say at which address people find what runs at {address}.")


def _check_neighbours(settings: Settings, part: str) -> None:
    if not inspect("network", settings.service("database")):
        raise Trouble(f"There is no stack {settings.stack} yet to put {part} into: `make deploy`.")


def _image(service: dict[str, Any]) -> str:
    return str(service["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"])


def _log(service: str) -> str:
    known = [task for task in tasks.of(service) if task.state == "running"]
    return tasks.last_words(known[0]) if known else "    (nothing)"


if __name__ == "__main__":
    sys.exit(exit_status(main))
