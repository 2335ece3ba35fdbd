"""`make backup`: put the service `backup` up if it is not, and take a proved dump at once."""

import sys

from infra.swarm import vault
from infra.swarm.docker import say, told
from infra.swarm.settings import read

WANTED = {vault.URL: "DATABASE_URL", vault.ACCOUNT: "ACCOUNT"}


def main() -> None:
    settings = read()
    say("Backups")
    image = vault.put_up(settings)
    wal = {"MINITWIT_WAL": vault.receives_wal()}
    say(f"  {vault.perform(settings, image, 'now', WANTED, told=wal)}")


if __name__ == "__main__":
    sys.exit(told(main))
