"""`WEB_REPLICAS=3 make adjust`, `make adjust SERVICE=web`: other settings or secrets, same images.

Like `make deploy`, which would build and deploy what this folder holds, released or not.
"""

import os
import sys

from infra.swarm import deploy, images
from infra.swarm.docker import Trouble, exit_status, say
from infra.swarm.settings import Settings


def image(settings: Settings, part: str) -> str:
    """The one that runs, unless WEB_IMAGE and so on name another."""
    if os.environ.get(f"{part.upper()}_IMAGE"):
        return images.image(settings, part)
    running = deploy.running_images(settings).get(part)
    if not running:
        raise Trouble(f"{part} is not deployed; `make deploy` does it.")
    say(f"  {part:<10} {running}, as it runs")
    return running


def main() -> None:
    deploy.main(image)


if __name__ == "__main__":
    sys.exit(exit_status(main))
