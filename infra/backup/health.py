"""The keeper's health check: does its loop run? The age of backups is a matter for alerts."""

import sys
from datetime import UTC, datetime, timedelta

from infra.backup.settings import read

LONGEST = timedelta(seconds=60)


def main() -> int:
    last = read().store.last_beat()
    return 0 if last and datetime.now(UTC) - last < LONGEST else 1


if __name__ == "__main__":
    sys.exit(main())
