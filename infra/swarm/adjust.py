"""`WEB_REPLICAS=3 make adjust`, `make adjust SERVICE=web`: change settings or secrets, keep images.

Unlike `make deploy` it does not build and deploy what this folder holds, which may be unreleased.
WEB_IMAGE and so on name another image.
"""

import sys

from infra.swarm import deploy
from infra.swarm.docker import exit_status


def main() -> None:
    deploy.main(keep=True)


if __name__ == "__main__":
    sys.exit(exit_status(main))
