"""`make ship-logs`: deploy what ships, stores and shows the logs, or update it to this commit.

This is the stack STACK-logs of docker-stack.logs.yml, beside STACK. Its secrets are made here the
first time; then Elasticsearch and Kibana start, a job sets them up and makes the keys by which
Filebeat writes and the watch reads, and these two start with their keys.
"""

import sys
from dataclasses import replace
from secrets import token_urlsafe
from typing import Any

from infra.logs import certificates, provision
from infra.logs.keys import Seal
from infra.swarm import deploy, files, images, jobs, remembered, rollout, secrets, stack, tasks
from infra.swarm.docker import ROOT, exit_status, inspect, say
from infra.swarm.jobs import Job
from infra.swarm.settings import Settings, given, read
from infra.trouble import Trouble

FILE = ROOT / "docker-stack.logs.yml"
LABEL = "minitwit.logs"
PASSWORDS = ("elastic-password", "kibana-password", "kibana-key")
OPERATOR = "OPERATOR_PASSWORD_FILE"
AUTHORITY, CERTIFICATE, KEY = "logs-ca", "logs-certificate", "logs-certificate-key"
KEPT, THE_REST = ("elasticsearch", "kibana"), ("socket", "filebeat", "logs-watch")
PATIENCE_SECONDS = 900.0


def of_logs(settings: Settings) -> Settings:
    """The settings of the stack for this one's logs."""
    return replace(settings, stack=f"{settings.stack}-logs")


def main() -> None:
    settings = read()
    check(settings)
    with remembered.keeping(settings) as settings:
        bring(settings)
    say("The logs are shipped. `make kibana` opens a tunnel to read them.")


def bring(settings: Settings) -> None:
    """Bring everything that ships, stores and shows the logs to its current settings."""
    logs = of_logs(settings)
    create_secrets(logs)
    say("Images")
    image = images.image(settings, "logs")
    say("Elasticsearch and Kibana")
    keys = [f"{name}-key" for name in provision.KEYS]
    document = filled(settings, logs, image, dict.fromkeys(keys, "not-there-yet"))
    stack.hand_over(logs, document, KEPT)
    make_keys(logs, image)
    say("Filebeat")
    document = filled(settings, logs, image, {})
    stack.hand_over(logs, document, THE_REST)
    for part in (*KEPT, *THE_REST):
        rollout.await_settled(logs.service(part), "", PATIENCE_SECONDS)
    files.forget(logs, *files.OF_LOGS)


def check(settings: Settings) -> None:
    """Check for what would otherwise show late, or only as a service that never starts."""
    given(OPERATOR)
    tasks.check_label(LABEL, "keep the logs")
    deploy.check_registry(settings, "logs")
    if not inspect("network", settings.service("edge")):
        raise Trouble(f"There is no stack {settings.stack} yet: `make deploy` comes first.")


def create_secrets(logs: Settings) -> None:
    """Make passwords and a certificate, whose parts belong together; what exists is kept."""
    there = secrets.current(logs, "secret")
    for purpose in PASSWORDS:
        if purpose not in there:
            secrets.create(logs, purpose, token_urlsafe(32))
    if KEY not in there:
        pair = certificates.make("elasticsearch", "tasks.elasticsearch", "localhost")
        secrets.create(logs, AUTHORITY, pair.authority, kind="config")
        secrets.create(logs, CERTIFICATE, pair.certificate, kind="config")
        secrets.create(logs, KEY, pair.key)


def filled(settings: Settings, logs: Settings, image: str, also: dict[str, str]) -> dict[str, Any]:
    """The stack file with today's secrets; `also` has names for those that don't exist yet."""
    variables = {**settings.variables, "STACK": settings.stack, "LOGS_IMAGE": image}
    variables |= {secrets.variable("SECRET", purpose): name for purpose, name in also.items()}
    for kind in ("secret", "config"):
        for purpose, known in secrets.current(logs, kind).items():
            variables[secrets.variable(kind.upper(), purpose)] = str(known["Spec"]["Name"])
    return stack.filled(FILE, variables | files.configs(logs, files.OF_LOGS))


def make_keys(logs: Settings, image: str) -> None:
    """Provision; the job returns the keys that were missing, encrypted for this process."""
    there = secrets.current(logs, "secret")
    missing = [name for name in provision.KEYS if f"{name}-key" not in there]
    seal = Seal()
    asked = {"MINITWIT_SEAL": seal.public, "MINITWIT_KEYS": ",".join(missing)} if missing else {}
    minutes = PATIENCE_SECONDS / 60
    say(f"  set up when both answer, at most {minutes:.0f} minutes; `make doctor` knows why not")
    printed = provisioned(logs, image, asked)
    came = set()
    for line in printed.splitlines():
        if line.startswith("key: "):
            _, name, sealed = line.split()
            secrets.create(logs, f"{name}-key", seal.open(sealed))
            came.add(name)
        else:
            say(f"  {line}")
    if lost := [name for name in missing if name not in came]:
        keys = ", ".join(lost)
        raise Trouble(f"The engine did not hand out these keys: {keys}; `make ship-logs` again.")


def provisioned(logs: Settings, image: str, variables: dict[str, str]) -> str:
    wanted = {"elastic-password": "ELASTIC_PASSWORD", "kibana-password": "KIBANA_PASSWORD"}
    named = {secrets.name_of(logs, purpose): setting for purpose, setting in wanted.items()}
    if chosen := given(OPERATOR):
        named[secrets.choose(logs, "operator-password", chosen)] = "OPERATOR_PASSWORD"
    authority = secrets.name_of(logs, AUTHORITY, kind="config")
    job = Job(
        name="provision",
        image=image,
        command=("python", "-m", "infra.logs.provision"),
        secrets=named,
        variables={"MINITWIT_CA": "/run/configs/ca.pem", **variables},
        networks=("logs",),
        options=("--config", f"source={authority},target=/run/configs/ca.pem"),
        patience=PATIENCE_SECONDS,
        prints=True,
    )
    return jobs.perform(logs, job)


if __name__ == "__main__":
    sys.exit(exit_status(main))
