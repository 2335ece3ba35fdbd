"""`make rollback SERVICE=messages`: take a service back to its earlier version.

The swarm remembers one earlier version: the one before the last update, even if that was only
`--force` or a change of replicas; after a rollback, the one that was rolled back. So if this would
bring back nothing or the bad version, it refuses, unless FORCE=yes is given. The schema stays as
it is: migrations expand first, so the earlier code runs on it. The outcome is watched and proved.
"""

import os
import sys

from infra.swarm import lock, remembered, rollout, smoke
from infra.swarm.docker import exit_status, say
from infra.swarm.rollout import View
from infra.swarm.settings import parts, read
from infra.trouble import Trouble

# For `docker service ps`: shows each task's state and error, so that no failed image is chosen.
FORMAT = "{{.Name}} {{.CurrentState}} {{.Error}} {{.Image}}"


def main() -> None:
    if not os.environ.get("SERVICE"):
        raise Trouble("Say which: make rollback SERVICE=messages")
    settings = read()
    with lock.alone(settings):
        settings = remembered.recall(settings)
        roll_back(settings.service(parts()[0]))
        smoke.main_at(settings.url)
    say("Rolled back.")


def roll_back(service: str) -> None:
    """Roll a service back; Trouble if it can't be, or if that may not bring a good version back."""
    view = rollout.look(service)
    why_not = rollout.why_no_rollback(service)
    hint = f"deploy its image instead, as {parts()[0].upper()}_IMAGE=…"
    if why_not:
        raise Trouble(f"{service} can't be rolled back: {why_not}; {hint}")
    say(f"  {service}: from {_image(view, 'Spec')} to {_image(view, 'PreviousSpec')}")
    why_not = doubt(view)
    if why_not and os.environ.get("FORCE") != "yes":
        listed = f"docker service ps --no-trunc --format '{FORMAT}' {service}"
        raise Trouble(
            f"{service} is left as it is: {why_not}. FORCE=yes does it all the same; or {hint}, "
            f"of those that `{listed}` lists."
        )
    rollout.roll_back(service)


def doubt(view: View) -> str:
    """Why the earlier version may not be the one that is wanted; empty if it seems so."""
    if view.state.startswith("rollback"):
        return "it was rolled back already, and the swarm remembers only the version that failed"
    if _image(view, "Spec") == _image(view, "PreviousSpec"):
        return "the last update changed its settings or replicas, not its image"
    return ""


def _image(view: View, spec: str) -> str:
    image: str = view.service[spec]["TaskTemplate"]["ContainerSpec"]["Image"]
    return image.rpartition("/")[2]


if __name__ == "__main__":
    sys.exit(exit_status(main))
