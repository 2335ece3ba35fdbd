"""`make grafana-test`: a real Grafana, started as the stack file has it, knows every dashboard.

Runs where the image can be fetched (.github/workflows/observability.yml).
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import requests
import yaml

from infra.swarm import stack
from infra.swarm.docker import ROOT, docker, exit_status, run, say
from infra.trouble import Trouble

FOLDER = Path(__file__).parent
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
SOURCE = FOLDER / "provisioning" / "datasource.yml"
MOUNTS = {
    "dashboards": "/etc/grafana/dashboards",
    "provisioning/datasource.yml": "/etc/grafana/provisioning/datasources/prometheus.yml",
    "provisioning/dashboards.yml": "/etc/grafana/provisioning/dashboards/minitwit.yml",
}
USER = "admin"
PATIENCE_SECONDS = 180.0
POLL_SECONDS = 1.0


def main() -> None:
    password = token_hex(16)
    with grafana(password) as url:
        found = eventually_complete(url, password)
        if found:
            raise Trouble(f"Grafana: {'; '.join(found)}")
        say(f"Grafana has the data source and {len(DASHBOARDS)} dashboards")


def eventually_complete(url: str, password: str) -> list[str]:
    """Wait until Grafana has everything; returns what is wrong if that takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            found = list(problems(url, password))
        except requests.RequestException as error:
            found = [f"no answer: {error}"]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(POLL_SECONDS)


def problems(url: str, password: str) -> Iterator[str]:
    """The data sources and dashboards that Grafana does not have as their files say."""
    session = requests.Session()
    session.trust_env = False
    session.auth = (USER, password)
    for source in yaml.safe_load(SOURCE.read_text(encoding="utf-8"))["datasources"]:
        answer = session.get(f"{url}/api/datasources/uid/{source['uid']}", timeout=10)
        if not answer.ok or not answer.json()["readOnly"]:
            yield f"data source {source['uid']}: {answer.status_code} {answer.text[:200]}"
    for path in DASHBOARDS:
        wanted = json.loads(path.read_text(encoding="utf-8"))
        answer = session.get(f"{url}/api/dashboards/uid/{wanted['uid']}", timeout=10)
        if not answer.ok:
            yield f"{path.name}: {answer.status_code} {answer.text[:200]}"
            continue
        given = answer.json()
        if not given["meta"]["provisioned"]:
            yield f"{path.name}: somebody could change it"
        if len(given["dashboard"]["panels"]) != len(wanted["panels"]):
            yield f"{path.name}: other panels than in its file"


@contextmanager
def grafana(password: str) -> Iterator[str]:
    """Start a Grafana and yield its address; nothing of it is left afterwards."""
    service = stack.filled(ROOT / "docker-stack.metrics.yml", {})["services"]["grafana"]
    name = f"grafana-proof-{token_hex(3)}"
    options = ["--detach", "--name", name, "--init", "--read-only", "--cap-drop", "ALL"]
    options += ["--user", service["user"], "--tmpfs", "/tmp"]  # noqa: S108 - inside the container
    options += ["--volume", f"{name}:/var/lib/grafana", "--publish", "127.0.0.1::3000"]
    options += ["--env", f"GF_SECURITY_ADMIN_PASSWORD={password}"]
    for key, value in service["environment"].items():
        options += [] if key.endswith("__FILE") else ["--env", f"{key}={value}"]
    for source, target in MOUNTS.items():
        options += ["--volume", f"{FOLDER / source}:{target}:ro"]
    docker("run", *options, service["image"])
    try:
        port = docker("port", name, "3000/tcp").splitlines()[0].rpartition(":")[2]
        yield f"http://127.0.0.1:{port}"
    except Trouble:
        done = run("logs", "--tail", "40", name)
        say(done.stdout + done.stderr)
        raise
    finally:
        run("rm", "--force", "--volumes", name)
        run("volume", "rm", name)


if __name__ == "__main__":
    sys.exit(exit_status(main))
