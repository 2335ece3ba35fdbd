"""What the system is measured against: a bare view and a static file behind the same gateway.

A second NGINX with the same configuration; all its routes lead to the bare view, and instead of a
stylesheet it has a file with the public page's bytes.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev import gateway, ports, privileges, probing, services
from dev.processes import Process

STATIC = "/static/errors/style.css"


@dataclass(frozen=True)
class Limits:
    """The port at which they answer, and the processes that do."""

    port: int
    roots: dict[str, int]


@contextmanager
def started(folder: Path, page: bytes) -> Iterator[Limits]:
    """Run both for as long as the block lasts; `page` is what the static file holds."""
    bare_port, port = ports.free(20_000), ports.free(20_000)
    bare = _bare(folder / "bare", bare_port)
    entry = _entry(folder / "gateway", port, bare_port, page)
    with bare.running(), entry.running():
        yield Limits(port, {"gateway": entry.pid, "bare": bare.pid})


def _bare(folder: Path, port: int) -> Process:
    folder.mkdir(parents=True, exist_ok=True)
    return Process(
        name="bare",
        command=[sys.executable, "-m", "dev.bench.bare"],
        environment=services.base("web")
        | {
            "MINITWIT_BIND": f"127.0.0.1:{port}",
            "PYTHONPATH": f"{services.ROOT}:{services.ROOT}/chassis",
        },
        folder=folder,
        log=folder.with_suffix(".log"),
        port=port,
        ready=lambda: probing.status(port, "/") == 200,
    )


def _entry(folder: Path, port: int, bare_port: int, page: bytes) -> Process:
    upstreams = dict.fromkeys(services.NAMES, bare_port)
    made = gateway.process(folder, folder.with_suffix(".log"), port, upstreams)
    (folder / "errors" / "style.css").write_bytes(page)
    made.log.touch()
    user = privileges.stand_in()
    privileges.hand_over(folder.parent, user)
    made.command = [*privileges.command_prefix(user), *made.command]
    return made
