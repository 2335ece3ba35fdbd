"""`make overhead`: what logging and metrics cost a request, in CPU time.

Two processes of users on one database answer the same requests in turns; one of them records
neither metrics nor log lines. The request is the cheapest that the system has, to look up a name,
so the share is smaller for every other one.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import requests

from chassis import access, serve
from chassis.bootstrap import bootstrap
from chassis.testing import Keys
from dev import ports, probing
from dev.postgres import Cluster, cluster
from dev.services import ROOT
from dev.system import exit_status
from dev.trouble import Trouble

ROUNDS = 20
REQUESTS = 500
MOST = 0.15
PASSWORD = "benchmark"  # noqa: S105 - of a database that is thrown away
ACCOUNT = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}


def main() -> int:
    return exit_status(compare)


def compare() -> int:
    """Returns 1 if it is more than `MOST` of a request's CPU time."""
    with TemporaryDirectory() as name, cluster(Path(name)) as database:
        environment = settings(database)
        with service(environment, "with") as loud, service(environment, "without") as silent:
            loud.post("/v1/users", ACCOUNT)
            for _ in range(ROUNDS):
                loud.work()
                silent.work()
            spent, bare = loud.microseconds(), silent.microseconds()
    share = (spent - bare) / spent
    print(f"A request takes {spent:.0f} µs of CPU time, {bare:.0f} µs of it without logging")
    print(f"and metrics: they are {share:.1%} of it; {MOST:.0%} is the most that they may be.")
    return 0 if share <= MOST else 1


class Service:
    """A running users service: what it is asked, and the CPU time that this took."""

    def __init__(self, port: int, pid: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = requests.Session()
        self.http.trust_env = False
        (self._worker,) = psutil.Process(pid).children()
        self._asked = -REQUESTS
        self._before = 0.0

    def post(self, path: str, body: dict[str, str]) -> None:
        self.http.post(self.url + path, json=body, timeout=20).raise_for_status()

    def work(self) -> None:
        """One round; the first one warms up and does not count."""
        for _ in range(REQUESTS):
            self.http.get(f"{self.url}/v1/users/by-name/ada", timeout=20).raise_for_status()
        self._asked += REQUESTS
        self._before = self._before or self._spent()

    def microseconds(self) -> float:
        return (self._spent() - self._before) / self._asked * 1e6

    def _spent(self) -> float:
        times = self._worker.cpu_times()
        return float(times.user + times.system)


def settings(database: Cluster) -> dict[str, str]:
    """The environment of a users service on a migrated schema."""
    keys = Keys()
    path = (ROOT, ROOT / "chassis", ROOT / "services" / "users")
    base = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(map(str, path))}
    bootstrap(database.admin_url, "users", PASSWORD, PASSWORD)
    migrate = [sys.executable, "-m", "chassis.migrate", "users"]
    url = {"MINITWIT_MIGRATION_DATABASE_URL": database.url("users_owner", PASSWORD)}
    subprocess.run(migrate, env=base | url, stdout=subprocess.DEVNULL, check=True)
    return {
        **base,
        "MINITWIT_DATABASE_URL": database.url("users_service", PASSWORD),
        "MINITWIT_TOKEN_PUBLIC_KEYS": keys.jwks,
        "MINITWIT_TOKEN_SIGNING_KEY": keys.pem,
    }


@contextmanager
def service(environment: dict[str, str], kind: str) -> Iterator[Service]:
    """Run a users service, with its log going through a pipe to a reader, as in production."""
    port = ports.free(20_000)
    reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    process = subprocess.Popen(
        [sys.executable, "-m", "dev.overhead", kind],
        env={**environment, "MINITWIT_BIND": f"127.0.0.1:{port}"},
        stdout=reader.stdin,
    )
    try:
        while probing.status(port, "/readyz") != 200:
            if process.poll() is not None:
                raise Trouble(f"the service did not start; its status is {process.returncode}.")
            time.sleep(0.05)
        made = Service(port, process.pid)
        with made.http:  # else the service would wait for this connection when it is stopped
            yield made
    finally:
        process.terminate()
        process.wait()
        reader.communicate()


def run(kind: str) -> int:
    """Run one of the two in this process."""
    if kind == "without":
        access.init_app = lambda app: None
    sys.argv = ["serve", "users"]
    return serve.main()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]) if sys.argv[1:] else main())
