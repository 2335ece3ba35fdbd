"""`make deploy-metrics`: deploy what watches the stack, or update it to this commit.

This is the stack STACK-metrics of docker-stack.metrics.yml, beside STACK. The addresses to send
alerts to come from files: ALERT_PAGE_URL_FILE, ALERT_TICKET_URL_FILE and ALERT_WATCHDOG_URL_FILE;
GRAFANA_PASSWORD_FILE has the password of Grafana's `admin`. What was given once is kept. Without an
address alerts are still shown in Grafana, but nobody is told.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from infra.swarm import deploy, files, images, jobs, remembered, rollout, secrets, stack, tasks
from infra.swarm.database import roles
from infra.swarm.docker import ROOT, exit_status, inspect, say
from infra.swarm.jobs import Job
from infra.swarm.settings import Settings, given, read
from infra.trouble import Trouble

FILE = ROOT / "docker-stack.metrics.yml"
LABEL = "minitwit.metrics"
PARTS = ("alertmanager", "blackbox", "postgres-exporter", "prometheus", "grafana")
RECEIVERS = ("alert-page-url", "alert-ticket-url", "alert-watchdog-url")
PASSWORD, GRAFANA, PUBLIC = "metrics-password", "grafana-password", "targets-public"
# Nobody listens there: what can't be delivered shows in Alertmanager's own metrics.
NOBODY = "http://127.0.0.1:9/"
UNTOLD = "com.minitwit.untold"


def of_metrics(settings: Settings) -> Settings:
    """The settings of the stack that watches this one."""
    return replace(settings, stack=f"{settings.stack}-metrics")


def main() -> None:
    settings = read()
    check(settings)
    with remembered.keeping(settings) as settings:
        bring(settings)
    say("The stack is watched. `make grafana` opens a tunnel to Grafana.")


def bring(settings: Settings) -> None:
    """Bring everything that watches a stack to its current settings."""
    watch = of_metrics(settings)
    for purpose in create_secrets(watch):
        say(f"  nobody is told: {variable(purpose)} names no file with an address")
    make_role(settings, watch)
    document = filled(settings, watch)
    for part in PARTS:
        say(part.capitalize())
        deploy.roll(watch, document, part)
    files.forget(watch, *files.OF_METRICS, PUBLIC)
    secrets.forget(watch, "secret", *RECEIVERS, GRAFANA)


def check(settings: Settings) -> None:
    """Check for what would otherwise show only as a service that never starts."""
    tasks.check_label(LABEL, "keep the metrics")
    if len(inspect("network", *map(settings.service, ("edge", "database")))) < 2:
        raise Trouble(f"There is no stack {settings.stack} yet: `make deploy` comes first.")


def create_secrets(watch: Settings) -> list[str]:
    """Take what is given, make what is missing; returns the receivers without an address."""
    for purpose, value in _given().items():
        if value:
            secrets.choose(watch, purpose, value)
    there = secrets.current(watch, "secret")
    if GRAFANA not in there:
        raise Trouble(f"{variable(GRAFANA)} must name a file with a password for Grafana's admin.")
    if PASSWORD not in there:
        secrets.create(watch, PASSWORD, token_urlsafe(32))
    for purpose in RECEIVERS:
        if purpose not in there:
            secrets.create(watch, purpose, NOBODY, labels={UNTOLD: "true"})
    return [it for it in RECEIVERS if secrets.label_of(watch, it, UNTOLD)]


def _given() -> dict[str, str]:
    """Addresses of receivers and Grafana's password, by purpose; empty if they are not given."""
    values = {it: given(variable(it)) for it in (*RECEIVERS, GRAFANA)}
    for purpose in RECEIVERS:
        if not (values[purpose] or NOBODY).startswith(("http://", "https://")):
            raise Trouble(f"{variable(purpose)} names a file that must hold an http(s) address")
    return values


def variable(purpose: str) -> str:
    return f"{purpose.upper().replace('-', '_')}_FILE"


def make_role(settings: Settings, watch: Settings) -> None:
    """Make the role: it may be missing, as after a restore into a new cluster."""
    image = rollout.look(settings.service("users")).image
    job = Job(
        name="monitor",
        image=image,
        command=roles("monitor"),
        secrets={
            secrets.name_of(settings, secrets.ADMIN): "ADMIN_DATABASE_URL",
            secrets.name_of(watch, PASSWORD): "METRICS_PASSWORD",
        },
    )
    jobs.perform(settings, job)


def filled(settings: Settings, watch: Settings) -> dict[str, Any]:
    """The stack file with today's secrets and files, and images by their digests."""
    variables = {
        **settings.variables,
        "STACK": settings.stack,
        "METRICS_DATABASE": database(settings),
    }
    for purpose, known in secrets.current(watch, "secret").items():
        variables[secrets.variable("SECRET", purpose)] = str(known["Spec"]["Name"])
    variables |= files.configs(watch, files.OF_METRICS)
    targets = json.dumps([{"targets": list(public(settings.url))}])
    name = secrets.create(watch, PUBLIC, targets, kind="config")
    variables[secrets.variable("CONFIG", PUBLIC)] = name
    document = stack.filled(FILE, variables)
    for part, service in document["services"].items():
        if service["deploy"].get("replicas") != 0:
            name = f"{part.upper().replace('-', '_')}_IMAGE"
            variables[name] = images.pinned(service["image"])
    return stack.filled(FILE, variables)


def database(settings: Settings) -> str:
    """HOST:PORT/DATABASE?options; by default without TLS, as the stack's own Postgres is."""
    where = secrets.label_of(settings, secrets.ADMIN, secrets.HOST)
    return where if "?" in where else f"{where}?sslmode=disable"


def public(url: str) -> Iterator[str]:
    """The address that people use, unless it is a loopback address, which nobody can reach."""
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost"):
        yield url


if __name__ == "__main__":
    sys.exit(exit_status(main))
