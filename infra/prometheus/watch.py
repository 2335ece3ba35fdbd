"""`make watch`: Prometheus and Alertmanager, as in production, beside the local system.

They and the two exporters are Debian's packages: prometheus, prometheus-alertmanager,
prometheus-blackbox-exporter, prometheus-postgres-exporter. Nobody is notified of alerts.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from dev import ports, probing
from dev.journal import show
from dev.processes import Process
from dev.system import database_url, exit_status, running
from dev.system import folder as state_folder
from dev.trouble import Trouble
from infra.prometheus import local

BLACKBOX = local.HERE / "blackbox.yml"
# Debian's names, and those that the projects give their programs themselves.
PROGRAMS = {
    "prometheus": ("prometheus",),
    "alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "blackbox": ("prometheus-blackbox-exporter", "blackbox_exporter"),
    "postgres-exporter": ("prometheus-postgres-exporter", "postgres_exporter"),
}
# Where nobody listens: notifications fail, which shows in Alertmanager's own metrics.
NOBODY = "http://127.0.0.1:9/"
RECEIVERS = ("page", "ticket", "watchdog")
SECONDS = 30.0
_READY = {"prometheus": "/-/ready", "alertmanager": "/-/ready"}


@dataclass(frozen=True)
class Wanted:
    """What may differ from production: who is told (by receiver), the public addresses and a
    file of certificates that are trusted there, a backup service's address, the pace of time."""

    tell: Mapping[str, str] = field(default_factory=dict)
    public: Sequence[str] = ()
    trusted: str = ""
    backup: Sequence[str] = ()
    pace: int = 1


@dataclass(frozen=True)
class Watch:
    """Prometheus and Alertmanager at work."""

    prometheus: str
    alertmanager: str

    def ask(self, path: str, **parameters: str) -> Any:
        """`data` of an answer of Prometheus' API."""
        url = f"{self.prometheus}/api/v1/{path}"
        return requests.get(url, params=parameters, timeout=SECONDS).json()["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples that an expression gives now."""
        found: list[dict[str, Any]] = self.ask("query", query=expression)["result"]
        return found

    def alerts(self) -> list[dict[str, Any]]:
        """Those that are pending or fire."""
        found: list[dict[str, Any]] = self.ask("alerts")["alerts"]
        return found


def missing() -> list[str]:
    """The programs that this machine lacks."""
    return [name for name in PROGRAMS if program(name) is None]


def program(name: str) -> str | None:
    return next(filter(None, map(shutil.which, PROGRAMS[name])), None)


@contextmanager
def watching(system: Mapping[str, Any], folder: Path, wanted: Wanted) -> Iterator[Watch]:
    """Run everything for as long as the block lasts; it answers when the block begins."""
    if lacking := missing():
        raise Trouble(f"not installed: {', '.join(PROGRAMS[name][0] for name in lacking)}.")
    taken = {name: ports.free(30_000) for name in PROGRAMS}
    local.write(folder, places(system, taken, folder, wanted), wanted.pace)
    with ExitStack() as stack:
        for process in processes(system, taken, folder, wanted.trusted):
            stack.enter_context(process.running("err=", "error", seconds=SECONDS))
        yield Watch(_url(taken["prometheus"]), _url(taken["alertmanager"]))


def places(
    system: Mapping[str, Any], taken: Mapping[str, int], folder: Path, wanted: Wanted
) -> local.Places:
    """Where the names in the configuration lead to here."""
    tasks = {
        f"tasks.{name}": [f"127.0.0.1:{process['port']}"]
        for name, process in system["processes"].items()
    }
    tasks["tasks.postgres-exporter"] = [f"127.0.0.1:{taken['postgres-exporter']}"]
    tasks["tasks.backup"] = list(wanted.backup)
    hosts = {
        "blackbox:9115": f"127.0.0.1:{taken['blackbox']}",
        "alertmanager:9093": f"127.0.0.1:{taken['alertmanager']}",
        "localhost:9090": f"127.0.0.1:{taken['prometheus']}",
    }
    files = {}
    folder.mkdir(parents=True, exist_ok=True)
    for name in RECEIVERS:
        file = folder / f"alert-{name}-url"
        file.write_text(wanted.tell.get(name, NOBODY))
        files[f"/run/secrets/{file.name}"] = str(file)
    return local.Places(tasks, hosts, wanted.public, files)


def processes(
    system: Mapping[str, Any], taken: Mapping[str, int], folder: Path, trusted: str
) -> Iterator[Process]:
    """The four programs, each in a folder of its own."""
    address = {name: f"--web.listen-address=127.0.0.1:{port}" for name, port in taken.items()}
    options = {
        "blackbox": [f"--config.file={BLACKBOX}", "--timeout-offset=0.05"],
        "alertmanager": [
            f"--config.file={folder}/alertmanager.yml",
            "--storage.path=.",
            "--cluster.listen-address=",
        ],
        "postgres-exporter": [],
        "prometheus": [f"--config.file={folder}/prometheus.yml", "--storage.tsdb.path=."],
    }
    url = database_url(system, "postgres")
    environment = {"DATA_SOURCE_NAME": f"{url.replace('+psycopg2', '')}?sslmode=disable"}
    environment |= {"SSL_CERT_FILE": trusted} if trusted else {}
    for name, arguments in options.items():
        own = folder / name
        own.mkdir(exist_ok=True)
        yield Process(
            name=name,
            command=[str(program(name)), *arguments, address[name]],
            environment=os.environ | environment,
            folder=own,
            log=folder / f"{name}.log",
            port=taken[name],
            ready=partial(_answers, taken[name], _READY.get(name, "/metrics")),
        )


def _answers(port: int, path: str) -> bool:
    return probing.status(port, path) == 200


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def main() -> int:
    return exit_status(watch)


def watch() -> None:
    """Run until Ctrl-C."""
    system = running(state_folder())
    with (
        TemporaryDirectory(prefix="minitwit-watch-") as name,
        watching(system, Path(name), Wanted(public=[system["url"]])) as made,
        suppress(KeyboardInterrupt),
    ):
        show(f"Prometheus: {made.prometheus}   Alertmanager: {made.alertmanager}")
        show("Ctrl-C ends them; the system keeps running.")
        while True:
            time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
