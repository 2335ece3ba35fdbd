"""Kills a second engine on this machine, as a power cut would, and starts it again.

It is found by its pid file. If it has namespaces of its own, it is started again in the same ones,
and with the same arguments.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.trouble import Trouble

PID_FILE = "SECOND_ENGINE_PID"
DEFAULT_PID_FILE = "/run/docker2.pid"
NAMESPACES = ("net", "uts")


@dataclass(frozen=True)
class Engine:
    """A running engine: its process, arguments, log, and files that keep its namespaces open."""

    process: psutil.Process
    arguments: tuple[str, ...]
    namespaces: dict[str, int]
    log: int

    def kill(self) -> None:
        """Send SIGKILL to the engine, its child processes and every container's."""
        doomed = [self.process, *self.process.children(recursive=True)]
        for shim in self._shims():
            doomed += [shim, *shim.children(recursive=True)]
        # The engine first, so that it can't report the end of the others.
        for process in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def start(self) -> None:
        files = [f"--{kind}=/proc/self/fd/{file}" for kind, file in self.namespaces.items()]
        Path(_pid_file()).unlink(missing_ok=True)
        subprocess.Popen(
            ["nsenter", *files, *self.arguments],
            pass_fds=tuple(self.namespaces.values()),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def _shims(self) -> Iterator[psutil.Process]:
        """The shims, which are no children of the engine, but have its containerd's socket."""
        folder = _option(self.arguments, "--exec-root")
        for process in psutil.process_iter(["cmdline"]):
            command = process.info["cmdline"] or [""]
            if "containerd-shim" in command[0] and folder and folder in " ".join(command):
                yield process


def found() -> Engine:
    """The second engine; Trouble if there is none, or this user may not end it."""
    try:
        process = psutil.Process(int(Path(_pid_file()).read_text(encoding="ascii")))
        arguments = tuple(process.cmdline())
        files = {
            kind: os.open(f"/proc/{process.pid}/ns/{kind}", os.O_RDONLY) for kind in NAMESPACES
        }
        log = os.open(f"/proc/{process.pid}/fd/1", os.O_WRONLY | os.O_APPEND)
    except (OSError, ValueError, psutil.Error) as error:
        reason = f"no engine is found by {_pid_file()} ({error})"
        raise Trouble(f"{reason}; {PID_FILE} names the file of the second engine's.") from None
    if not _option(arguments, "--exec-root"):
        raise Trouble("The second engine has no --exec-root of its own: it can't be told apart.")
    return Engine(process, arguments, files, log)


def is_up() -> bool:
    """Whether the engine has begun, as its pid file says."""
    return Path(_pid_file()).exists()


def _pid_file() -> str:
    return os.environ.get(PID_FILE) or DEFAULT_PID_FILE


def _option(arguments: tuple[str, ...], name: str) -> str:
    return arguments[arguments.index(name) + 1] if name in arguments[:-1] else ""
