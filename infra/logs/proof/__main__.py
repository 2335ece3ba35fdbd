"""`make logs-test`: real containers, real kills; the exit status says whether all of it held.

COUNT lines (20,000) are written while Filebeat and then Elasticsearch are killed and started again:
each must arrive, and none twice. Then every saved search must find what was written for it, Kibana
must give back every object, and the failure store must hold the one line that fits no mapping. Each
line must have the name of its container, and none may come from a container labelled UNSHIPPED.
"""

import os
import sys
import time
from functools import partial

from infra.logs import provision
from infra.logs.api import Api
from infra.logs.proof import checks
from infra.logs.proof.scene import Scene, opened
from infra.swarm.docker import docker, say
from infra.trouble import Trouble, exit_status

PER_SECOND = 500
AWAY_SECONDS = 5.0
UNSHIPPED = "com.minitwit.logs=none"
FAILURES = f"{provision.STREAMS}::failures"


def main() -> None:
    count = int(os.environ.get("COUNT") or "20000")
    with opened() as scene:
        try:
            prove(scene, count)
        except Trouble:
            for part in scene.services:
                say(f"--- {part}\n{scene.logs(part)}")
            raise


def prove(scene: Scene, count: int) -> None:
    say("Elasticsearch and Kibana")
    scene.keep()
    for _ in range(2):  # the second time on a cluster that has all of it
        provision.provision(scene.settings())
    say("Filebeat")
    scene.ship()
    scene.write("samples", "samples")
    amount = (str(count), str(PER_SECOND))
    scene.write("unshipped", *amount, checks.UNSHIPPED, label=UNSHIPPED)
    scene.write("numbered", *amount, checks.NUMBERED)
    for part in ("filebeat", "elasticsearch"):
        away(scene, part, after=count / PER_SECOND / 4)
    settings = scene.settings()  # a port may be another one after a start
    key = (scene.folder / "keys" / "watch").read_text()
    reader = Api(settings.elasticsearch_url, settings.ca, key)
    nothing_is_lost(reader, count)
    docker_was_asked(reader, scene.of("numbered"), count)
    everything_is_found(reader)
    settings.kibana.await_ready("/api/status", checks.PATIENCE_SECONDS)
    if lacking := checks.lacking(settings.kibana):
        raise Trouble(f"Kibana lacks {', '.join(lacking)}")
    say("Kibana has every object")


def away(scene: Scene, part: str, after: float) -> None:
    time.sleep(after)
    docker("kill", scene.of(part))
    say(f"{part} was killed")
    time.sleep(AWAY_SECONDS)
    docker("start", scene.of(part))


def nothing_is_lost(reader: Api, count: int) -> None:
    wanted = checks.expected(count)

    def is_all(found: tuple[int, float, float]) -> bool:
        return found == wanted or found[0] > count

    found = checks.eventually(partial(checks.shipped, reader), is_all, f"{count} lines")
    if found != wanted:
        raise Trouble(f"{found[0]} lines arrived of {count}: some came twice")
    say(f"{count} lines arrived, each once")


def docker_was_asked(reader: Api, container: str, count: int) -> None:
    """Check that Filebeat has asked Docker for the containers' names and labels."""
    numbered = f'event.dataset : "{checks.NUMBERED}"'
    named = checks.hits(reader, f'{numbered} and container.name : "{container}"')
    if named != count:
        raise Trouble(f"{named} lines of {count} have the name of their container")
    if number := checks.hits(reader, f'event.dataset : "{checks.UNSHIPPED}"'):
        raise Trouble(f"{number} lines arrived of a container that is labelled {UNSHIPPED}")
    say("each has its container's name, and a container that is labelled so is left out")


def everything_is_found(reader: Api) -> None:
    for title, query in checks.saved_searches().items():
        number = checks.eventually(partial(checks.hits, reader, query), bool, title)
        say(f"{title}: {number}")
    refused = partial(checks.hits, reader, "", FAILURES)
    checks.eventually(refused, lambda number: bool(number == 1), "one line in the failure store")


if __name__ == "__main__":
    sys.exit(exit_status(main, "logs"))
