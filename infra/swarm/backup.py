"""`make backup`: deploy or update the service `backup`, and take a proved dump at once."""

import sys

from infra.swarm import backups, remembered
from infra.swarm.docker import exit_status, say
from infra.swarm.settings import Settings, read

WANTED = {backups.URL: "DATABASE_URL", backups.ACCOUNT: "ACCOUNT"}


def main() -> None:
    settings = read()
    backups.check(settings, backups.PART)
    with remembered.keeping(settings) as settings:
        say("Backups")
        image = backups.put_up(settings)
    take(settings, image)


def take(settings: Settings, image: str) -> None:
    wal = {"MINITWIT_WAL": backups.receives_wal(settings)}
    say(f"  {backups.perform(settings, image, 'now', WANTED, variables=wal)}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
