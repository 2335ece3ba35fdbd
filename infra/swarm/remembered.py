"""What a stack remembers: those of REMEMBERED that were set, in one config of the swarm.

Stacks are only rendered within `keeping`: else a command that is not given again what an
earlier one was given would quietly go back to a default. The stack is locked there (lock.py). No
service reads the config; like all others it is named by its content, and the newest counts.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from infra.swarm import lock, secrets
from infra.swarm.docker import content_of, say
from infra.swarm.settings import REMEMBERED, Settings, read

PURPOSE = "settings"
Variables = Mapping[str, str]


def recall(settings: Settings) -> Settings:
    """The settings, with what the stack remembers wherever the environment says nothing."""
    return read(variables(settings))


@contextmanager
def keeping(settings: Settings) -> Iterator[Settings]:
    """`recall` under the stack's lock; shows what is new, and remembers it if the block succeeds.

    After a failure nothing is remembered: it was rolled back, and would fail again.
    """
    with lock.alone(settings), _keeping(settings) as told:
        yield told


@contextmanager
def _keeping(settings: Settings) -> Iterator[Settings]:
    before = variables(settings)
    settings = read(before)
    say("Settings")
    for line in [*differences(before, settings.variables)] or ["all have their defaults"]:
        say(f"  {line}")
    try:
        yield settings
    except BaseException:
        if settings.variables != before:
            say("Since this failed, its new settings are not remembered: give them again.")
        raise
    if settings.variables != before:
        keep(settings)


def variables(settings: Settings) -> dict[str, str]:
    """The remembered settings by name; empty if there are none."""
    found = secrets.current(settings, "config").get(PURPOSE)
    known: dict[str, str] = json.loads(content_of(found)) if found else {}
    return {name: known[name] for name in REMEMBERED if name in known}


def keep(settings: Settings) -> None:
    """Remember these settings alone.

    What is older is removed first: a config of the same name would not count as the newest.
    """
    secrets.forget(settings, "config", PURPOSE)
    kept = json.dumps(settings.variables, sort_keys=True)
    secrets.create(settings, PURPOSE, kept, kind="config")
    secrets.forget(settings, "config", PURPOSE)


def differences(before: Variables, now: Variables) -> Iterator[str]:
    """A line for each setting that is not at its default, or was not until now."""
    for name in REMEMBERED:
        was, value = before.get(name), now.get(name)
        if value and value == was:
            yield f"{name}={value}"
        elif value:
            yield f"{name}={value} ({f'was {was}' if was else 'new'})"
        elif was:
            yield f"{name} has its default again (was {was})"
