"""The database's part of a deploy: roles and schemas, and each service's migrations."""

from infra.swarm import jobs, secrets
from infra.swarm.docker import say
from infra.swarm.jobs import Job
from infra.swarm.settings import Settings


def bootstrap(settings: Settings, schema: str, image: str) -> None:
    """Schema, owner and runtime role; run again it sets their passwords to today's."""
    say(f"  {schema}: schema and roles")
    named = secrets.current(settings, "secret")
    wanted = {
        secrets.ADMIN: "ADMIN_DATABASE_URL",
        f"{schema}-owner-password": "OWNER_PASSWORD",
        f"{schema}-service-password": "SERVICE_PASSWORD",
    }
    job = Job(
        name=f"bootstrap-{schema}",
        image=image,
        command=("python", "-m", "chassis.bootstrap"),
        secrets={named[purpose]["Spec"]["Name"]: setting for purpose, setting in wanted.items()},
        told={"MINITWIT_SCHEMA": schema},
    )
    jobs.perform(settings, job)


def migrate(settings: Settings, schema: str, image: str) -> None:
    """The newest migration of the image that is about to be deployed."""
    say(f"  {schema}: migrations")
    url = secrets.current(settings, "secret")[f"{schema}-owner-database-url"]["Spec"]["Name"]
    job = Job(
        name=f"migrate-{schema}",
        image=image,
        command=("python", "-m", "chassis.migrate", schema),
        secrets={url: "MIGRATION_DATABASE_URL"},
        patience=900.0,
    )
    jobs.perform(settings, job)
