"""One-shot steps inside the swarm: bootstrap, migrations, questions to what runs there.

A job is a service that is never restarted, with a service's secrets and networks, and is
removed when it has ended. It is no part of the stack: a stack with one would never settle.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from subprocess import CompletedProcess

from infra.swarm import tasks
from infra.swarm.docker import docker, insist, output, run
from infra.swarm.settings import Settings
from infra.trouble import Trouble

PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.3
LOG_SECONDS = 5.0
LABEL = "com.minitwit.job"
ENDED = ("complete", "failed", "rejected", "shutdown", "orphaned")


@dataclass(frozen=True)
class Job:
    """An image's command that runs once, and what it is given.

    `secrets` maps each secret to the setting that it holds (DATABASE_URL), `options` are further
    options of `docker service create`, and `prints` is whether its output is of use.
    """

    name: str
    image: str
    command: tuple[str, ...]
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    networks: Iterable[str] = ("edge", "database")
    user: str = "10001:10001"
    options: tuple[str, ...] = ()
    patience: float = PATIENCE_SECONDS
    prints: bool = False


def perform(settings: Settings, job: Job) -> str:
    """Run a job and return what it printed, if it prints; if it failed, Trouble has its last lines.

    The output may be cut or empty if the engine does not hand it out within LOG_SECONDS.
    """
    name = f"{settings.stack}-{job.name}-{token_hex(4)}"
    try:
        docker("service", "create", *_options(settings, name, job), job.image, *job.command)
        task = _await_end(name, job)
        if task.state != "complete":
            raise Trouble(f"{job.name} failed: {task.why()}\n{_last_words(task)}")
        return _printed(task) if job.prints else ""
    finally:
        run("service", "rm", name)


def _printed(task: tasks.Task) -> str:
    """The task's standard output, once the engine has all of it or LOG_SECONDS are over."""
    deadline = time.monotonic() + LOG_SECONDS
    while not _is_whole(done := output(task.id)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return done.stdout


def _is_whole(done: "CompletedProcess[str]") -> bool:
    return done.returncode == 0 and bool(done.stdout.strip())


def _last_words(task: tasks.Task) -> str:
    """The task's last lines, which the engine may have only a moment after the task's end."""
    deadline = time.monotonic() + LOG_SECONDS
    while (words := tasks.last_words(task)) == tasks.NOTHING and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return words


def _options(settings: Settings, name: str, job: Job) -> list[str]:
    options = ["--detach", "--quiet", "--name", name, "--restart-condition", "none"]
    options += ["--with-registry-auth", "--no-resolve-image", "--no-healthcheck"]
    options += ["--user", job.user, "--read-only", "--cap-drop", "ALL", "--init"]
    options += ["--mount", "type=tmpfs,target=/tmp", "--limit-memory", "256M"]
    options += ["--endpoint-mode", "dnsrr", "--label", f"{LABEL}={settings.stack}"]
    for network in job.networks:
        options += ["--network", settings.service(network)]
    for secret, setting in job.secrets.items():
        target = setting.lower().replace("_", "-")
        options += ["--secret", f"source={secret},target={target}"]
        options += ["--env", f"MINITWIT_{setting}_FILE=/run/secrets/{target}"]
    options += ["--env", f"MINITWIT_ENVIRONMENT={settings.environment}"]
    for setting, value in job.variables.items():
        options += ["--env", f"{setting}={value}"]
    return [*options, *job.options]


def _await_end(name: str, job: Job) -> tasks.Task:
    started = time.monotonic()
    while True:
        known = insist(lambda: tasks.of(name))
        if known and known[0].state in ENDED:
            return known[0]
        if time.monotonic() - started > job.patience:
            why = known[0].why() if known else "no task was made"
            raise Trouble(f"{job.name} did not end in {job.patience:.0f} s: {why}")
        time.sleep(POLL_SECONDS)
