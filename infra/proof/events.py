"""The events of a proof: what happens, and the bars that it has to meet."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.proof import bars
from infra.proof.bars import Bar
from infra.proof.happenings import (
    SLOW_SECONDS,
    Happening,
    crashes_after_start,
    drain_and_back,
    kill_postgres,
    kill_task,
    never_healthy,
    replace_postgres,
    roll_back,
    rolling_update,
    rotate,
    sickens_after_start,
    slow_database,
    spread,
    stop_engine,
)
from infra.swarm.settings import SERVICES
from infra.trouble import Trouble

# Takes seven updates, so it only runs if EVENTS names it.
LONG = ("key",)


@dataclass(frozen=True)
class Event:
    """`group` is its name in EVENTS; what happens during `prepare` does not count."""

    group: str
    title: str
    happen: Happening
    bars: tuple[Bar, ...]
    prepare: Happening = lambda _: None


def all_of(nodes: Sequence[str]) -> list[Event]:
    """All events, in an order in which each one finds the stack spread over the nodes again."""
    here = nodes[0]
    safe = (bars.nothing_is_lost,)
    smooth = (*safe, bars.nothing_fails)
    # Requests under way in a killed process can't be answered; all others can.
    abrupt = (*safe, bars.no_read_fails)
    killed = (*abrupt, bars.back_within(10))
    outage = (*safe, bars.errors_say_later, bars.errors_end_within(30))
    slow = (*safe, bars.errors_end_within(SLOW_SECONDS + 15))
    at_home = (*safe, bars.nothing_fails_at(here))
    dead = (*safe, bars.errors_end_within(10, here))
    in_turn = (*safe, bars.one_node_at_a_time(nodes))
    return [
        Event("drain", "node 2 drained and back", drain_and_back, at_home),
        *(Event("rolling", f"{it} updated", rolling_update(it), smooth) for it in SERVICES),
        Event("rollback", "messages rolled back", roll_back("messages"), smooth),
        Event("unhealthy", "web never healthy", never_healthy("web"), smooth),
        Event("crashing", "messages sickens", sickens_after_start("messages"), smooth),
        Event("crashing", "messages crashes", crashes_after_start("messages"), abrupt),
        *(Event("kill", f"one {it} killed", kill_task(it), killed, spread(it)) for it in SERVICES),
        Event("postgres", "Postgres replaced", replace_postgres, outage),
        Event("postgres", "Postgres killed", kill_postgres, outage),
        Event("slow", "messages' statements wait", slow_database, slow),
        Event("gateway", "gateway updated", rolling_update("gateway"), in_turn),
        Event("key", "signing key rotated", rotate("token-signing-key"), smooth),
        Event(
            "password", "database password rotated", rotate("database-password", "messages"), smooth
        ),
        Event("engine", "node 2's engine killed", stop_engine, dead, spread(*SERVICES)),
    ]


def chosen(named: str, nodes: Sequence[str]) -> list[Event]:
    """The events that EVENTS names; if it names none, all that fit in half an hour."""
    known = all_of(nodes)
    groups = list(dict.fromkeys(event.group for event in known))
    wanted = [name.strip() for name in named.split(",") if name.strip()]
    if unknown := set(wanted).difference(groups):
        raise Trouble(f"EVENTS: {', '.join(sorted(unknown))} is none of {', '.join(groups)}.")
    wanted = wanted or [group for group in groups if group not in LONG]
    return [event for event in known if event.group in wanted]
