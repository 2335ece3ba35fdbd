"""The database's part of a deploy: roles and schemas, and each service's migrations."""

from pathlib import Path

from infra.swarm import images, jobs, secrets
from infra.swarm.docker import say
from infra.swarm.jobs import Job
from infra.swarm.settings import Settings
from infra.trouble import Trouble

ROLES = Path(__file__).parent / "inside" / "roles.py"


def check_files(image: str, running: str) -> None:
    """Refuse an image with another data folder than the running one's, as every major version has.

    It would find no files there and create an empty cluster, on which all later steps succeed.
    """
    before, after = (images.variable(name, "PGDATA") for name in (running, image))
    if before != after:
        raise Trouble(
            f"POSTGRES_IMAGE={image} is of another major version: it looks for its files in"
            f" {after or '?'}, and today's are in {before or '?'}. It would create an empty"
            " database. docs/deploy.md, section 10, has the steps that bring a dump there."
        )


def bootstrap(settings: Settings, schema: str, image: str) -> None:
    """Make a schema, its owner and its runtime role; run again, it sets today's passwords."""
    say(f"  {schema}: schema and roles")
    wanted = {
        secrets.ADMIN: "ADMIN_DATABASE_URL",
        f"{schema}-owner-password": "OWNER_PASSWORD",
        f"{schema}-service-password": "SERVICE_PASSWORD",
    }
    job = Job(
        name=f"bootstrap-{schema}",
        image=image,
        command=("python", "-m", "chassis.bootstrap"),
        secrets={secrets.name_of(settings, purpose): key for purpose, key in wanted.items()},
        variables={"MINITWIT_SCHEMA": schema},
    )
    jobs.perform(settings, job)
    if secrets.label_of(settings, f"{schema}-database-url", secrets.ROLE) == second(schema):
        open_login(settings, schema, image)


def second(schema: str) -> str:
    """The login that takes turns with SCHEMA_service when the password is rotated."""
    return f"{schema}_service_b"


def open_login(settings: Settings, schema: str, image: str) -> None:
    """Let the role in today's database URL log in, with SCHEMA_service's rights."""
    wanted = {f"{schema}-database-url": "DATABASE_URL"}
    _login(settings, f"open-login-{schema}", image, wanted, "open", schema)


def close_login(settings: Settings, schema: str, image: str, role: str) -> None:
    """Stop accepting the password that a role had; its open connections may go on."""
    password = {f"{schema}-service-password": "SERVICE_PASSWORD"}
    wanted = {} if role == second(schema) else password
    _login(settings, f"close-login-{schema}", image, wanted, "close", role)


def roles(*words: str) -> tuple[str, ...]:
    """The command that runs inside/roles.py, with a verb and for whom, in a service's image."""
    return ("python", "-c", ROLES.read_text(encoding="utf-8"), *words)


def _login(settings: Settings, name: str, image: str, wanted: dict[str, str], *words: str) -> None:
    purposes = {secrets.ADMIN: "ADMIN_DATABASE_URL", **wanted}
    job = Job(
        name=name,
        image=image,
        command=roles(*words),
        secrets={secrets.name_of(settings, purpose): key for purpose, key in purposes.items()},
    )
    jobs.perform(settings, job)


def migrate(settings: Settings, schema: str, image: str) -> None:
    """Bring the schema to the newest migration of the image that is about to be deployed."""
    say(f"  {schema}: migrations")
    url = secrets.name_of(settings, f"{schema}-owner-database-url")
    job = Job(
        name=f"migrate-{schema}",
        image=image,
        command=("python", "-m", "chassis.migrate", schema),
        secrets={url: "MIGRATION_DATABASE_URL"},
        patience=900.0,
    )
    jobs.perform(settings, job)
