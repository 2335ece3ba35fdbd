"""The keeper's health check: is its loop running? The age of the backups is watched by alerts."""

import sys
from datetime import UTC, datetime, timedelta

from infra.backup.settings import read

LONGEST = timedelta(seconds=60)


def main() -> int:
    last = read().store.last_beat()
    return 0 if last and datetime.now(UTC) - last < LONGEST else 1


if __name__ == "__main__":
    sys.exit(main())
