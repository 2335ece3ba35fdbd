"""Turns the log of a program that can't write JSON into JSON (infra/logs/relay/relay.sh)."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

SCRIPT = Path(__file__).resolve().parent.parent / "infra" / "logs" / "relay" / "relay.sh"
PATIENCE = 5.0


@dataclass
class Relay:
    """For one `kind` of program, nginx or postgres; ends once its last process has ended."""

    kind: str
    environment: dict[str, str] = field(default_factory=dict)
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @contextmanager
    def started(self, path: Path, log: IO[bytes]) -> Iterator[IO[bytes]]:
        """Start the relay; yields the file that the program writes to. `log` is at `path`."""
        self.end()
        pipe = path.with_suffix(".pipe")
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe, mode=0o600)
        # Opened so, neither end waits for the other.
        end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        with open(end, "rb") as lines, pipe.open("wb") as errors:
            os.set_blocking(end, True)
            self.child = subprocess.Popen(
                ["sh", str(SCRIPT), self.kind],
                env={"PATH": os.defpath, "FIFO": str(pipe)} | self.environment,
                cwd="/",
                stdin=lines,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            yield errors

    def end(self) -> None:
        """Wait until it has written all that its program said."""
        if self.child is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        self.child = None
