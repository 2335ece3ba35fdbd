"""`make stack-test`: can anything happen to the stack without its users noticing?

EVENTS=rolling,kill runs some events; without, all but `key`, which takes long. TABLE=file.csv
keeps every request, LOGS=folder what the services said.
STACK, GATEWAY_PORT and REGISTRY as for `make deploy`, but with a name and a port of its own;
RATE is the number of requests a second.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from dev.simulator.wire import CREDENTIALS
from infra.proof import events, table
from infra.proof.crowd import Crowd
from infra.proof.ledger import Ledger
from infra.proof.load import Load
from infra.proof.run import Proof, Row
from infra.proof.scene import Scene, nodes, stack
from infra.proof.visits import Simulator
from infra.swarm.docker import exit_status, say
from infra.swarm.settings import Settings, read
from infra.trouble import Trouble

OWN = {"STACK": "proof", "GATEWAY_PORT": "8477"}
RATE = 40.0
# Of more, a writer would write more than the simulator can read back (ledger.MOST).
MOST_RATE = 60.0
# No event is begun after the first, none goes on after the second.
EVENTS_SECONDS = 26 * 60
ALL_SECONDS = 29 * 60


def main() -> None:
    started = time.monotonic()
    wanted, rate = events.chosen(os.environ.get("EVENTS", ""), nodes()), chosen_rate()
    with _bounded(), stack(chosen_settings()) as scene:
        rows = prove(scene, wanted, started + EVENTS_SECONDS, rate)
    missed = sum(bool(row.missed) for row in rows)
    say(f"\n{len(rows) - missed} of {len(rows)} events met their bars.")
    if missed or not rows:
        raise Trouble("A bar was missed.")


def chosen_rate() -> float:
    """RATE; Trouble before anything is started if it is none."""
    named = os.environ.get("RATE") or str(RATE)
    try:
        rate = float(named)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= MOST_RATE:
        raise Trouble(f"RATE={named} is no number of requests a second up to {MOST_RATE:.0f}.")
    return rate


def prove(scene: Scene, wanted: Sequence[events.Event], deadline: float, rate: float) -> list[Row]:
    """Run the events and return their rows; these are shown even if the run is cut short."""
    simulator, mark = Simulator(CREDENTIALS), f"proof-{token_hex(3)}"
    ledger = Ledger(scene.clients[0], simulator)
    crowd = Crowd(scene.clients[0], simulator, ledger, mark)
    crowd.gather()
    rows: list[Row] = []
    try:
        with Load(scene.clients, crowd.following, rate) as load:
            proof = Proof(scene, load, ledger)
            for row in proof.run(wanted, deadline):
                rows.append(row)
                for line in [*row.missed, *table.failures(row)]:
                    say(f"  {line}")
        say(f"\n{proof.unquiet} requests failed between the events.")
        _read_all_back(ledger)
    finally:
        say("\n" + "\n".join(table.table(rows, scene.nodes)))
        if path := os.environ.get("TABLE"):
            table.write(Path(path), rows)
        if path := os.environ.get("LOGS"):
            scene.keep_logs(Path(path))
    return rows


def _read_all_back(ledger: Ledger) -> None:
    """Read all writes back once more: what one event did not lose, a later one may have."""
    writes = ledger.between()
    lost = ledger.lost(writes)
    say(f"{len(writes)} writes were acknowledged; {len(lost)} of them can't be read back.")
    if lost:
        raise Trouble(f"Acknowledged and lost: {', '.join(str(write) for write in lost[:5])} …")


def chosen_settings() -> Settings:
    """As for `make deploy`, but with a name and a port of its own."""
    os.environ.update({name: os.environ.get(name) or value for name, value in OWN.items()})
    return read()


@contextmanager
def _bounded() -> Iterator[None]:
    """End the block when the time is over or by SIGTERM, so that the stack is taken down."""

    def end(number: int, _: object) -> None:
        say("The time is over." if number == signal.SIGALRM else "Told to stop.")
        raise KeyboardInterrupt

    for number in (signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, end)
    signal.alarm(ALL_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


if __name__ == "__main__":
    sys.exit(exit_status(main))
