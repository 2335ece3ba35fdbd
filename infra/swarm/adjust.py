"""`WEB_REPLICAS=3 make adjust`, `make adjust SERVICE=web`: other settings or secrets, same images.

Like `make deploy`, which would build and deploy what this folder holds, released or not. WEB_IMAGE
and so on name another image.
"""

import sys

from infra.swarm import deploy
from infra.swarm.docker import exit_status


def main() -> None:
    deploy.main(keep=True)


if __name__ == "__main__":
    sys.exit(exit_status(main))
