"""What the runner says: a line for the person at the terminal, a JSON line for its log."""

import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_ECS = {
    "ecs.version": "9.2.0",
    "service.name": "runner",
    "service.environment": "development",
    "event.dataset": "runner.events",
}


class Journal:
    """Says things on the terminal, if it is still there, and keeps them in a log."""

    def __init__(self, log: Path) -> None:
        self.log = log

    def say(self, text: str, **fields: Any) -> None:
        """Show a line and record it; `fields` are ECS names with `_` for the dot."""
        show(text)
        self.record(text, **fields)

    def record(self, text: str, **fields: Any) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        extra = {name.replace("_", ".", 1): value for name, value in fields.items()}
        entry = {"@timestamp": now, "log.level": "info", "message": text.strip(), **_ECS, **extra}
        with suppress(OSError), self.log.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def show(text: str) -> None:
    """Print; a terminal that was closed meanwhile is no reason to stop."""
    try:
        print(text, flush=True)
    except OSError:
        # What is still in the buffer has to go somewhere when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(text: str) -> None:
    """Print what went wrong, as one line."""
    with suppress(OSError, ValueError):
        print("MiniTwit:", *text.split(), file=sys.stderr, flush=True)
