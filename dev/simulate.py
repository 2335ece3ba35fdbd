"""`make simulate`: replay a scenario through the gateway, as the course's simulator would."""

import argparse
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from dev.progress import bar
from dev.simulator import synthetic, words
from dev.simulator.actions import Action
from dev.simulator.scenario import ScenarioFile
from dev.simulator.tally import Tally
from dev.simulator.wire import CREDENTIALS, Gateway
from dev.system import exit_status
from dev.trouble import Trouble

TIMES_ASKED = 5


@dataclass(frozen=True)
class Load:
    actions: Iterable[Action]
    count: int


def main(arguments: list[str] | None = None) -> int:
    """0: no error; 1: errors, nothing to replay or nothing there; 130: interrupted."""
    return exit_status(lambda: simulate(parse(arguments)), "run it again to begin anew")


def simulate(options: argparse.Namespace) -> int:
    """Replay the scenario and print what came of it; returns the exit status."""
    load, gateway = load_of(options), gateway_of(options)
    before = gateway.latest()
    tally = Tally()
    start = perf_counter()
    interrupted = replay(load, gateway, tally)
    print("\n".join(tally.report(perf_counter() - start)), flush=True)
    if interrupted:
        print("Interrupted: the rest was not sent.")
        return 130
    kept = check_latest(tally, before, gateway)
    return 0 if kept and not tally.errors else 1


def parse(arguments: list[str] | None) -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m dev.simulate", description=__doc__)
    options.add_argument("--url", default=f"http://127.0.0.1:{setting('PORT', '8080')}")
    options.add_argument("--scenario", default=setting("SCENARIO"), help="a file of the course's")
    options.add_argument("--seed", type=words.seed, default=setting("SEED", "1"))
    options.add_argument("--names", default=setting("NAMES"), help="added to each name made up")
    options.add_argument("--size", type=float, default=1, help="share of the made-up scenario")
    options.add_argument("--seconds", type=float, default=0.3, help="to connect and answer")
    return options.parse_args(arguments)


def setting(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def load_of(options: argparse.Namespace) -> Load:
    if options.scenario:
        file = ScenarioFile(Path(options.scenario))
        return Load(file, file.check())
    actions = synthetic.scenario(options.seed, options.names, synthetic.Mix().scaled(options.size))
    return Load(actions, len(actions))


def gateway_of(options: argparse.Namespace) -> Gateway:
    credentials = setting("MINITWIT_SIMULATOR_CREDENTIALS", CREDENTIALS)
    return Gateway.at(options.url, credentials, options.seconds)


def replay(load: Load, gateway: Gateway, tally: Tally) -> bool:
    """Send the actions; returns True if Ctrl-C ended it early."""
    with bar(load.count, "simulate", "actions") as progress:
        try:
            for action in load.actions:
                tally.record(action, gateway.perform(action))
                progress.update()
                if tally.errors:
                    progress.set_postfix(errors=tally.errors, refresh=False)
        except KeyboardInterrupt:
            return True
    return False


def check_latest(tally: Tally, before: int | None, gateway: Gateway) -> bool:
    """False if the last id was lost. An id that is not ours is another simulator's."""
    now = settled_latest(tally, before, gateway)
    if now == tally.last_id:
        print(f"latest is {now}, the last id that was sent.")
        return True
    if now is None:
        print(f"latest should be {tally.last_id}, but GET /api/latest gave no answer.")
        return False
    if now == before or tally.sent(now):
        print(f"latest is {now}, but the last id that was sent is {tally.last_id}.")
        return False
    print(f"latest is {now}, which another simulator has sent; ours was {tally.last_id}.")
    return True


def settled_latest(tally: Tally, before: int | None, gateway: Gateway) -> int | None:
    """What GET /api/latest says; asked again where it may have left out a busy service."""
    now = None
    for _ in range(TIMES_ASKED):
        with suppress(Trouble):
            now = gateway.latest()
        if now is not None and (now == tally.last_id or not (now == before or tally.sent(now))):
            break
    return now


if __name__ == "__main__":
    sys.exit(main())
