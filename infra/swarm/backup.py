"""`make backup`: deploy or update the service `backup`, and take a proved dump at once."""

import sys

from infra.swarm import memory, vault
from infra.swarm.docker import exit_status, say
from infra.swarm.settings import Settings, read

WANTED = {vault.URL: "DATABASE_URL", vault.ACCOUNT: "ACCOUNT"}


def main() -> None:
    settings = read()
    vault.check(settings, vault.PART)
    with memory.remembering(settings) as settings:
        say("Backups")
        image = vault.put_up(settings)
    take(settings, image)


def take(settings: Settings, image: str) -> None:
    wal = {"MINITWIT_WAL": vault.receives_wal(settings)}
    say(f"  {vault.perform(settings, image, 'now', WANTED, variables=wal)}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
