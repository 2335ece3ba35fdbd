"""The four services: what each is told, and the commands that migrate and run it."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chassis.bootstrap import bootstrap
from chassis.database import newest_migration
from dev import probing, secrets
from dev.postgres import Cluster, connect
from dev.processes import Process, die_with_parent, last_words
from dev.secrets import SCHEMAS, Secrets
from dev.state import State
from dev.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("users", "messages", "followers", "web")
# All parts of the system, in the order in which a request meets them.
PARTS = ("gateway", "web", *(name for name in NAMES if name != "web"), "postgres")
# Which others each of them calls.
PROVIDERS: dict[str, tuple[str, ...]] = {
    "users": (),
    "messages": ("users",),
    "followers": ("users",),
    "web": ("users", "messages", "followers"),
}
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Layout:
    """Where everything of one running system is: its state, its secrets, its ports by name."""

    state: State
    secrets: Secrets
    ports: dict[str, int]
    commit: str = "unknown"

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.state.postgres, self.ports["postgres"], self.secrets.superuser)

    def url_file(self, role: str) -> Path:
        """The file with the database URL of a role, or of the superuser `postgres`."""
        return self.state.urls / role

    def write_urls(self) -> None:
        for role, password in self.secrets.passwords.items():
            secrets.write(self.url_file(role), self.cluster.url(role, password))


def environment(layout: Layout, name: str) -> dict[str, str]:
    """A service's whole environment, without MINITWIT_ settings of the machine's own."""
    environment = base(name, code_of(name)) | {
        "MINITWIT_BIND": f"127.0.0.1:{layout.ports[name]}",
        "MINITWIT_COMMIT": layout.commit,
    }
    for other in filter(partial(_knows, name), PROVIDERS[name]):
        environment[f"MINITWIT_{other.upper()}_URL"] = f"http://127.0.0.1:{layout.ports[other]}"
    if name in SCHEMAS:
        environment["MINITWIT_DATABASE_URL_FILE"] = str(layout.url_file(f"{name}_service"))
        environment["MINITWIT_TOKEN_PUBLIC_KEYS_FILE"] = str(layout.secrets.public_keys)
    if name == "users":
        environment["MINITWIT_TOKEN_SIGNING_KEY_FILE"] = str(layout.secrets.signing_key)
    if name == "web":
        environment["MINITWIT_SECRET_KEYS_FILE"] = str(layout.secrets.cookie_keys)
    return environment


def process(layout: Layout, name: str) -> Process:
    """One service under gunicorn; ready when its own /readyz says so."""
    port = layout.ports[name]
    folder = layout.state.services / name
    folder.mkdir(exist_ok=True)
    return Process(
        name=name,
        command=[sys.executable, "-m", "chassis.serve", name],
        environment=environment(layout, name),
        folder=folder,
        log=layout.state.log(name),
        port=port,
        ready=lambda: probing.status(port, "/readyz") == 200,
        quick_signal=signal.SIGQUIT,
    )


def make_schemas(layout: Layout) -> None:
    """Create roles and schemas; what is there already stays."""
    passwords = layout.secrets.passwords
    for name in SCHEMAS:
        owner, service = passwords[f"{name}_owner"], passwords[f"{name}_service"]
        bootstrap(layout.cluster.admin_url, name, owner, service)


def migrate(layout: Layout) -> list[str]:
    """Migrate the schemas that need it, all at the same time; returns their names."""
    newest = {name: newest_migration(ROOT / "services" / name / "migrations") for name in SCHEMAS}
    outdated = [name for name in SCHEMAS if _schema_version(layout, name) != newest[name]]
    running = {name: _start_migration(layout, name) for name in outdated}
    results = {name: child.wait() for name, child in running.items()}
    for name, status in results.items():
        if status:
            log = layout.state.log("migrations")
            reason = last_words(log, "psycopg2.", "Error: ", "Busy: ")
            raise Trouble(f"The migration of {name} failed: {reason} More in {log}.")
    return outdated


def _start_migration(layout: Layout, name: str) -> "subprocess.Popen[bytes]":
    url = str(layout.url_file(f"{name}_owner"))
    with layout.state.log("migrations").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "chassis.migrate", name],
            env=base(name) | {"MINITWIT_MIGRATION_DATABASE_URL_FILE": url},
            cwd=layout.state.services,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )


def _schema_version(layout: Layout, name: str) -> str | None:
    connection = connect(layout.cluster.admin_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s)", [f"{name}.alembic_version"])
            if cursor.fetchone() == (None,):
                return None
            cursor.execute(f"SELECT version_num FROM {name}.alembic_version")
            row = cursor.fetchone()
            return str(row[0]) if row else None
    finally:
        connection.close()


def code_of(name: str) -> Path:
    """The clone that a service runs from: this one, or what MESSAGES_FROM and its like name."""
    return Path(os.environ.get(f"{name.upper()}_FROM") or ROOT)


def _knows(name: str, provider: str) -> bool:
    """Whether the service's code, which may be from before it called the other one, calls it."""
    config = code_of(name) / "services" / name / name / "config.py"
    return f"{provider}_url:" in config.read_text(encoding="utf-8")


def base(name: str, root: Path = ROOT) -> dict[str, str]:
    """The base environment of a service's processes: they see only the chassis and its own code."""
    base = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    path = os.pathsep.join([str(root / "chassis"), str(root / "services" / name)])
    return base | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def processes(layout: Layout) -> list[Process]:
    return [process(layout, name) for name in NAMES]
