"""`make secrets`: create the secrets that the stack lacks; no value is ever shown.

They are kept in the swarm alone, which gives none back. Each has a name that ends in its content's
hash, and labels for its stack and its purpose, of which the newest counts.
ADMIN_DATABASE_URL_FILE names a file with the URL of a managed cluster's administrator; without
it the stack runs its own Postgres. FORCE=yes moves a stack to another cluster.
SIMULATOR_CREDENTIALS_FILE names a file with credentials to use instead of the course's.
"""

import hashlib
import os
import sys
from collections.abc import Collection, Mapping
from secrets import token_urlsafe
from typing import Any

from chassis import keys
from infra.swarm import database_url, lock
from infra.swarm.docker import docker, exit_status, inspect, lines, run, say
from infra.swarm.settings import SCHEMAS, Settings, given, read
from infra.trouble import Trouble

STACK = "com.minitwit.stack"
PURPOSE = "com.minitwit.purpose"
HOST = "com.minitwit.database"
ROLE = "com.minitwit.role"
SIGNING_KEY, PUBLIC_KEYS = "token-signing-key", "token-public-keys"
ADMIN = "admin-database-url"
Objects = dict[str, dict[str, Any]]


def main() -> None:
    settings = read()
    with lock.alone(settings):
        made = create_missing(settings)
    for purpose in made:
        say(f"  created   {purpose}")
    say(f"{len(made)} created; no value is shown, and none can be read back.")


def names() -> list[str]:
    """Every secret that the stack, its bootstrap and its migrations need."""
    return ["postgres-password", ADMIN, *_of_schemas(), SIGNING_KEY, *SIMPLE]


OF_SCHEMA = ("owner-password", "owner-database-url", "service-password", "database-url")
SIMPLE = ("cookie-keys", "simulator-credentials")


def create_missing(settings: Settings) -> list[str]:
    """Create the missing secrets; returns their purposes."""
    missing = _missing(settings)
    url = _new_cluster(missing)
    cluster = database_url.place_of(url) or label_of(settings, ADMIN, HOST)
    for schema in SCHEMAS:
        _create_logins(settings, cluster, schema, missing)
    if url:
        _create_cluster(settings, url, missing)
    if SIGNING_KEY in missing or PUBLIC_KEYS not in current(settings, "config"):
        _create_keys(settings, missing)
    if "cookie-keys" in missing:
        create(settings, "cookie-keys", token_urlsafe(32))
    if "simulator-credentials" in missing:
        chosen = given("SIMULATOR_CREDENTIALS_FILE") or "simulator:super_safe!"
        if not all(chosen.partition(":")):
            raise Trouble("SIMULATOR_CREDENTIALS_FILE must hold NAME:PASSWORD")
        create(settings, "simulator-credentials", chosen)
    return list(dict.fromkeys(missing))


def _create_keys(settings: Settings, missing: list[str]) -> None:
    """Create both halves of a signing key, first the one of which there is an older one, if any.

    So if the command is interrupted between, one is still missing, and the next creates both again.
    """
    private, public = keys.pair()
    halves = [(SIGNING_KEY, private, "secret"), (PUBLIC_KEYS, keys.document(public), "config")]
    for purpose, value, kind in reversed(halves) if SIGNING_KEY in missing else halves:
        create(settings, purpose, value, kind=kind)
    missing += [SIGNING_KEY, PUBLIC_KEYS]


def _missing(settings: Settings) -> list[str]:
    """The purposes whose secret is missing, or is of the cluster that the stack leaves."""
    there = current(settings, "secret")
    left = {ADMIN, *_of_schemas()} if ADMIN in there and _moves(settings) else set()
    return [name for name in names() if name not in there or name in left]


def _of_schemas() -> list[str]:
    return [f"{schema}-{kind}" for schema in SCHEMAS for kind in OF_SCHEMA]


def _moves(settings: Settings) -> bool:
    """Whether the stack is to leave its cluster for one that is given; Trouble without FORCE."""
    before, now = label_of(settings, ADMIN, HOST), database_url.place_of(_given_cluster())
    if not now or now == before:
        return False
    if os.environ.get("FORCE") != "yes":
        raise Trouble(
            f"This stack's database is at {before}, and ADMIN_DATABASE_URL_FILE names {now}."
            " FORCE=yes moves it there; its rows must be there already."
        )
    return True


def _create_logins(settings: Settings, cluster: str, schema: str, missing: list[str]) -> None:
    """Create both roles' secrets; a password and the URL that has it only work together."""
    for role, kind in (("owner", "owner-database-url"), ("service", "database-url")):
        pair = [f"{schema}-{role}-password", f"{schema}-{kind}"]
        if set(pair) & set(missing):
            missing += [name for name in pair if name not in missing]
            create_login(settings, cluster, pair, f"{schema}_{role}")


def _new_cluster(missing: list[str]) -> str:
    """The administrator's URL of a new cluster: a managed one, or the stack's own Postgres.

    Empty if the stack stays with the one that it has.
    """
    if not {"postgres-password", ADMIN} & set(missing):
        return ""
    return _given_cluster() or database_url.OWN.format(password=token_urlsafe(32))


def _given_cluster() -> str:
    url = given("ADMIN_DATABASE_URL_FILE")
    if url and not database_url.place_of(url):
        raise Trouble(
            "ADMIN_DATABASE_URL_FILE must hold postgresql://USER:PASSWORD@HOST/DATABASE,"
            " with %2F for a slash in the password, and so on."
        )
    return url


def _create_cluster(settings: Settings, url: str, missing: list[str]) -> None:
    """Create the administrator's secrets, after all others that name the cluster.

    So if the command is interrupted before, the next one creates all of them again.
    """
    missing += [name for name in ("postgres-password", ADMIN) if name not in missing]
    place = database_url.place_of(url)
    password = database_url.password(url) if database_url.is_own(place) else token_urlsafe(32)
    create(settings, "postgres-password", password)
    create(settings, ADMIN, database_url.driven(url), labels={HOST: place})
    # Else the old one would be found, and not be the newest, if the stack moved back.
    forget(settings, "secret", ADMIN)


def create_login(settings: Settings, cluster: str, pair: list[str], role: str) -> tuple[str, str]:
    """Create two secrets, a new password and the URL that has it; returns their names."""
    password = token_urlsafe(32)
    url = f"postgresql+psycopg2://{role}:{password}@{cluster}"
    labels = {ROLE: role, HOST: cluster}
    return create(settings, pair[0], password), create(settings, pair[1], url, labels=labels)


def create(
    settings: Settings,
    purpose: str,
    value: str,
    kind: str = "secret",
    labels: Mapping[str, str] | None = None,
) -> str:
    """Create a secret or config named by its content's hash; returns the name."""
    name = _name(settings, purpose, value)
    if inspect(kind, name):
        return name
    marks = {STACK: settings.stack, PURPOSE: purpose, **(labels or {})}
    options = [option for key, each in marks.items() for option in ("--label", f"{key}={each}")]
    docker(kind, "create", *options, name, "-", given=value)
    return name


def _name(settings: Settings, purpose: str, value: str) -> str:
    digest = hashlib.sha256(value.encode()).hexdigest()[:12]
    return f"{settings.stack}_{purpose}_{digest}"


def choose(settings: Settings, purpose: str, value: str) -> str:
    """Make the secret with this value the current one; returns its name.

    If it exists but is not the newest, it is made again, since the newest counts. The others are
    removed, except those in use, which the engine keeps.
    """
    name = _name(settings, purpose, value)
    if name in _named(settings, "secret", purpose) and name != name_of(settings, purpose):
        run("secret", "rm", name)
    create(settings, purpose, value)
    for other in _named(settings, "secret", purpose):
        if other != name:
            run("secret", "rm", other)
    return name


def current(settings: Settings, kind: str) -> Objects:
    """The newest secret (or config) for each purpose."""
    mine = lines(kind, "ls", "--quiet", "--filter", f"label={STACK}={settings.stack}")
    found = sorted(inspect(kind, *mine), key=lambda each: str(each["CreatedAt"]))
    return {each["Spec"]["Labels"][PURPOSE]: each for each in found}


def variables(settings: Settings) -> dict[str, str]:
    """The variables of docker-stack.yml: names of today's secrets, and whether it has Postgres."""
    secrets, configs = current(settings, "secret"), current(settings, "config")
    lacking = [name for name in names() if name not in secrets]
    lacking += [] if PUBLIC_KEYS in configs else [PUBLIC_KEYS]
    if lacking:
        raise Trouble(f"Missing: {', '.join(lacking)}. `make secrets` creates what is missing.")
    named = {variable("SECRET", purpose): it["Spec"]["Name"] for purpose, it in secrets.items()}
    named |= {variable("CONFIG", purpose): it["Spec"]["Name"] for purpose, it in configs.items()}
    if not has_own_cluster(secrets):
        named["POSTGRES_REPLICAS"] = "0"
    return named


def name_of(settings: Settings, purpose: str, kind: str = "secret") -> str:
    """The name of the secret or config that serves a purpose now."""
    found = current(settings, kind).get(purpose)
    if found is None:
        raise Trouble(f"Missing: {purpose}. `make secrets` creates what is missing.")
    return str(found["Spec"]["Name"])


def label_of(settings: Settings, purpose: str, label: str) -> str:
    found = current(settings, "secret").get(purpose)
    return str(found["Spec"]["Labels"].get(label, "")) if found else ""


def forget(settings: Settings, kind: str, *purposes: str, but: Collection[str] = ()) -> None:
    """Remove secrets or configs that were replaced, except `but`; the engine keeps any in use."""
    kept = {*but, *(it["Spec"]["Name"] for it in current(settings, kind).values())}
    for purpose in purposes:
        for name in _named(settings, kind, purpose):
            if name not in kept:
                run(kind, "rm", name)


def _named(settings: Settings, kind: str, purpose: str) -> list[str]:
    """The names of a purpose's secrets or configs that still exist, replaced or not."""
    marks = ("--filter", f"label={STACK}={settings.stack}")
    also = ("--filter", f"label={PURPOSE}={purpose}")
    return lines(kind, "ls", "--format", "{{.Name}}", *marks, *also)


def has_own_cluster(secrets: Objects) -> bool:
    """Whether the database is the stack's own service."""
    return database_url.is_own(secrets[ADMIN]["Spec"]["Labels"][HOST])


def variable(kind: str, purpose: str) -> str:
    """The variable by which docker-stack.yml gets the name of a purpose's secret or config."""
    return f"{kind}_{purpose.upper().replace('-', '_')}"


if __name__ == "__main__":
    sys.exit(exit_status(main))
