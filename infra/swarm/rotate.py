"""`make rotate SECRET=token-signing-key`, `make rotate SECRET=database-password SERVICE=users`.

Nobody notices: at each moment both the old and the new secret are accepted as long as either is in
use. Every step is an update like any other, watched and proved; if one fails, the secret that was
made for it is removed again, unless the swarm goes on with the update by itself.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_urlsafe

from chassis import keys
from infra.swarm import database, deploy, remembered, secrets, stack
from infra.swarm.docker import content_of, exit_status, run, say
from infra.swarm.secrets import SIGNING_KEY
from infra.swarm.settings import SCHEMAS, Settings, parts, read
from infra.trouble import Trouble

DATABASE_PASSWORD = "database-password"  # noqa: S105 - the name of a kind of secret
# A clock may be off by this much.
MARGIN_SECONDS = 10


def main() -> None:
    settings = read()
    deploy.check_swarm(settings)
    wanted = os.environ.get("SECRET")
    if wanted not in (SIGNING_KEY, DATABASE_PASSWORD):
        raise Trouble(f"SECRET must be {SIGNING_KEY} or {DATABASE_PASSWORD} (with SERVICE=…).")
    schemas = set(SCHEMAS) if wanted == SIGNING_KEY else {_schema()}
    if lacking := schemas - deploy.running_images(settings).keys():
        raise Trouble(f"Not deployed yet: {', '.join(sorted(lacking))}; `make deploy` comes first.")
    with remembered.keeping(settings) as settings:
        if wanted == SIGNING_KEY:
            rotate_signing_key(settings)
        else:
            rotate_password(settings, *schemas)
    say("Rotated.")


def rotate_signing_key(settings: Settings) -> None:
    """Publish both public keys, then sign with the new key, then publish its public key alone.

    The last step waits until all tokens of the old key have expired.
    """
    seconds = _longest_life(settings)
    old = keys.keys_of(_document(settings))
    private, public = keys.pair()
    say("The new public key beside the old")
    with _undone_if_it_fails("config") as made:
        both = keys.document(*old, public)
        made.append(secrets.create(settings, secrets.PUBLIC_KEYS, both, kind="config"))
        _roll(settings, *SCHEMAS)
    say("The new private key")
    with _undone_if_it_fails("secret") as made:
        made.append(secrets.create(settings, SIGNING_KEY, private))
        _roll(settings, "users")
    say(f"The last token of the old key expires in {seconds} s")
    time.sleep(seconds + MARGIN_SECONDS)
    say("The new public key alone")
    with _undone_if_it_fails("config") as made:
        alone = keys.document(public)
        made.append(secrets.create(settings, secrets.PUBLIC_KEYS, alone, kind="config"))
        _roll(settings, *SCHEMAS)
    secrets.forget(settings, "secret", SIGNING_KEY)
    secrets.forget(settings, "config", secrets.PUBLIC_KEYS)


def _longest_life(settings: Settings) -> int:
    """A token's lifetime by today's settings or by the earlier ones, whichever is longer."""
    both = (settings.variables, remembered.variables(settings))
    return max(int(variables.get("ACCESS_TOKEN_SECONDS", "300")) for variables in both)


def rotate_password(settings: Settings, schema: str) -> None:
    """Two logins with the same rights take turns, since a role has only one password.

    The idle one gets a new password, the service switches to it, and the other one's is revoked.
    """
    purpose, password = f"{schema}-database-url", f"{schema}-service-password"
    image = deploy.running_images(settings)[schema]
    first, second = f"{schema}_service", database.second(schema)
    old = secrets.label_of(settings, purpose, secrets.ROLE) or first
    new = second if old == first else first
    cluster = secrets.label_of(settings, secrets.ADMIN, secrets.HOST)
    value = token_urlsafe(32)
    url = f"postgresql+psycopg2://{new}:{value}@{cluster}"
    say(f"{new} may log in, with a new password")
    with _undone_if_it_fails("secret") as made:
        made.append(secrets.create(settings, purpose, url, labels={secrets.ROLE: new}))
        if new == first:
            # What bootstrap sets it to whenever it runs again, even if this is interrupted here.
            made.append(secrets.create(settings, password, value))
        database.open_login(settings, schema, image)
        _roll(settings, schema)
    say(f"{old} may no longer log in")
    if old == first:
        secrets.create(settings, password, token_urlsafe(32))
    database.close_login(settings, schema, image, old)
    secrets.forget(settings, "secret", purpose, password)


@contextmanager
def _undone_if_it_fails(kind: str) -> Iterator[list[str]]:
    """Remove what is named in the list again if the block fails.

    If a service uses the first one already, that is kept, and so are all others.
    """
    made: list[str] = []
    try:
        yield made
    except BaseException:
        for name in made:
            if run(kind, "rm", name).returncode:
                break
        raise


def _roll(settings: Settings, *services: str) -> None:
    document = stack.rendered(settings, deploy.running_images(settings))
    for service in services:
        if deploy.roll(settings, document, service):
            deploy.prove(settings, service)


def _document(settings: Settings) -> str:
    found = secrets.current(settings, "config").get(secrets.PUBLIC_KEYS)
    if found is None:
        raise Trouble(f"Missing: {secrets.PUBLIC_KEYS}. `make secrets` creates what is missing.")
    return content_of(found)


def _schema() -> str:
    service = parts()[0]
    if not os.environ.get("SERVICE") or service not in SCHEMAS:
        raise Trouble(f"Say whose: SERVICE=, one of {', '.join(SCHEMAS)}.")
    return service


if __name__ == "__main__":
    sys.exit(exit_status(main))
