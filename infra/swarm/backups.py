"""What the commands about backups share: the service `backup`, its secrets, jobs on its volume."""

from dataclasses import replace
from pathlib import Path
from secrets import token_hex, token_urlsafe

import requests

from infra.swarm import deploy, images, jobs, rollout, secrets, stack, tasks
from infra.swarm.deploy import POSTGRES
from infra.swarm.docker import inspect, own_node, say
from infra.swarm.jobs import Job
from infra.swarm.settings import PARTS, Settings
from infra.swarm.smoke import Visitor
from infra.trouble import Trouble

PART = "backup"
LABEL = "minitwit.backup"
USER = "999:999"
PASSWORD, URL, ACCOUNT = "backup-password", "backup-database-url", "backup-account"


def put_up(settings: Settings) -> str:
    """Make the role, and deploy the service as docker-stack.yml has it; returns its image."""
    create_secrets(settings)
    image = images.image(settings, PART)
    make_role(settings, image)
    settings = replace(
        settings, variables={**settings.variables, "BACKUP_WAL": receives_wal(settings)}
    )
    known = {**deploy.running_images(settings), PART: image}
    deploy.roll(settings, stack.rendered(settings, known), PART)
    return image


def image_at_hand(settings: Settings) -> str:
    """The running image, so that nothing need be built before a restore; else today's."""
    if inspect("service", service := settings.service(PART)):
        return rollout.look(service).image
    deploy.check_swarm(settings, PART)
    return images.image(settings, PART)


def check(settings: Settings, *builds: str) -> None:
    """Check for what would otherwise show only as a service that never starts."""
    deploy.check_swarm(settings, *builds)
    tasks.check_label(LABEL, "hold the backups (not the database's)")


def create_secrets(settings: Settings) -> None:
    """Make the role's password, and an account of the application for drills to log in with."""
    there = secrets.current(settings, "secret")
    cluster = secrets.label_of(settings, secrets.ADMIN, secrets.HOST)
    if PASSWORD not in there or secrets.label_of(settings, URL, secrets.HOST) != cluster:
        secrets.create_login(settings, cluster, [PASSWORD, URL], "backup")
    if ACCOUNT not in there:
        visitor = Visitor(settings.url, f"backup-drill-{token_hex(4)}")
        visitor.password = token_urlsafe(24)
        try:
            visitor.join()
        except requests.RequestException:
            raise Trouble(f"{settings.url} does not answer: `make deploy` comes first.") from None
        secrets.create(settings, ACCOUNT, f"{visitor.name}:{visitor.password}")


def has_been_left(settings: Settings) -> bool:
    """Whether the database has left the place where the backups look for it, if that is known."""
    now, then = (secrets.label_of(settings, it, secrets.HOST) for it in (secrets.ADMIN, URL))
    return bool(then) and now != then


def make_role(settings: Settings, image: str) -> None:
    """Make the role: it may be missing, as after a restore into a new cluster."""
    wanted = {secrets.ADMIN: "ADMIN_DATABASE_URL", PASSWORD: "BACKUP_PASSWORD"}
    variables = {"MINITWIT_WAL": receives_wal(settings)}
    say(f"  {perform(settings, image, 'role', wanted, variables=variables)}")


def receives_wal(settings: Settings) -> str:
    """`true` or `false`; a managed cluster's WAL can't be received, but it has its own recovery."""
    own = secrets.has_own_cluster(secrets.current(settings, "secret"))
    return settings.variables.get("BACKUP_WAL", str(own).lower())


def perform(
    settings: Settings,
    image: str,
    command: str,
    wanted: dict[str, str],
    *arguments: str,
    variables: dict[str, str] | None = None,
    file: Path | None = None,
) -> str:
    """Run one of the image's commands; returns what it printed, or a line that this is lost.

    `wanted` maps secrets' purposes to settings.
    """
    known = secrets.current(settings, "secret")
    job = Job(
        name=f"backup-{command}",
        image=image,
        command=("python", "-m", f"infra.backup.{command}", *arguments),
        secrets={known[it]["Spec"]["Name"]: wanted[it] for it in wanted if it in known},
        variables=variables or {},
        user=USER,
        options=_given(file) if file else _volume(settings),
        patience=3600.0,
        prints=True,
    )
    return jobs.perform(settings, job).strip() or f"{job.name} went well; what it printed is lost"


def make_cluster(settings: Settings) -> None:
    """Bring up the networks and the stack's own Postgres, if need be, and nothing else."""
    is_own = secrets.has_own_cluster(secrets.current(settings, "secret"))
    named = dict.fromkeys((*PARTS, POSTGRES), "none")
    if is_own:
        named[POSTGRES] = deploy.postgres_image(deploy.running_images(settings).get(POSTGRES))
    document = stack.rendered(settings, named)
    if is_own:
        deploy.roll(settings, document, POSTGRES)
    deploy.make_networks(settings, document)


def _volume(settings: Settings) -> tuple[str, ...]:
    mount = f"type=volume,source={settings.service('backups')},target=/backups"
    return ("--mount", mount, "--constraint", f"node.labels.{LABEL}==true")


def _given(file: Path) -> tuple[str, ...]:
    """Options to mount the file's folder, on the node of the engine that this talks to."""
    mount = f"type=bind,source={file.parent},target=/given,readonly"
    return ("--mount", mount, "--constraint", f"node.id=={own_node()}")
