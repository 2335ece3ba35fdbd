"""The keeper's health check: its loop goes round. How old a backup is, alerts ask."""

import sys
from datetime import UTC, datetime, timedelta

from infra.backup.settings import read

LONGEST = timedelta(seconds=60)


def main() -> int:
    told = read().store.status().get("alive_at")
    alive = told and datetime.now(UTC) - datetime.fromisoformat(told) < LONGEST
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main())
