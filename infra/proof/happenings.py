"""What can happen to a stack: each causes one thing and waits until it is over."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from infra.proof import engine
from infra.proof.scene import Scene, await_
from infra.swarm import rollout, tasks
from infra.swarm.docker import docker, inspect, own_node, say
from infra.swarm.settings import PARTS
from infra.trouble import Trouble

Happening = Callable[[Scene], None]
OUTAGE_SECONDS = 25.0
# Longer than a health check may fail.
SLOW_SECONDS = 75
HELD = f"BEGIN; LOCK TABLE messages.messages; SELECT pg_sleep({SLOW_SECONDS})"
NEVER_HEALTHY = 'CMD ["python", "-c", "import time; time.sleep(3600)"]'
# Serve well for a while; then one's health check fails, and one dies without a word.
SERVE = "sys.argv = ['serve', '{part}']; runpy.run_module('chassis.serve', run_name='__main__')"
SICKENS = (
    "import pathlib, runpy, sys, threading; "
    "spoil = pathlib.Path('/tmp/sitecustomize.py').write_text; "
    "threading.Timer(12, spoil, ['raise SystemExit(1)']).start(); " + SERVE
)
CRASHES = "import os, runpy, sys, threading; threading.Timer(12, os._exit, [1]).start(); " + SERVE
# As in production: a failing health check takes its time to be believed.
WATCHED = {"UPDATE_MONITOR": "65s"}


def rolling_update(part: str) -> Happening:
    """Deploy another image of the same code."""

    def happen(scene: Scene) -> None:
        image = scene.derived(part, "next", f"LABEL proof={time.time_ns()}")
        scene.must("deploy", SERVICE=part, **{f"{part.upper()}_IMAGE": image})
        _expect(all(task.image == image for task in scene.running(part)), f"{part} runs {image}")

    return happen


def never_healthy(part: str) -> Happening:
    return _bad_image(part, "never-healthy", "health check failed", NEVER_HEALTHY)


def sickens_after_start(part: str) -> Happening:
    """The health check finds Python itself broken; requests are answered as before."""
    program = f'CMD ["python", "-c", "{SICKENS.format(part=part)}"]'
    return _bad_image(part, "sick", "health check failed", "ENV PYTHONPATH=/tmp:/srv", program)


def crashes_after_start(part: str) -> Happening:
    program = f'CMD ["python", "-c", "{CRASHES.format(part=part)}"]'
    return _bad_image(part, "crashing", "process ended by itself", program)


def _bad_image(part: str, what: str, cause: str, *instructions: str) -> Happening:
    """Deploy a bad image: the swarm must roll it back, and the deploy say so and why."""

    def happen(scene: Scene) -> None:
        before = scene.running(part)[0].image
        image = scene.derived(part, what, *instructions)
        named = {"SERVICE": part, f"{part.upper()}_IMAGE": image}
        done = scene.make("deploy", **named, **WATCHED)
        output = done.stdout + done.stderr
        _expect(done.returncode != 0, f"the deploy of {what} fails", output)
        _expect(cause in output, f"the deploy says {cause!r}", output)
        runs = {task.image for task in scene.running(part)}
        _expect(runs == {before}, f"{part} is rolled back", output)

    return happen


def roll_back(part: str) -> Happening:
    def happen(scene: Scene) -> None:
        before = scene.running(part)[0].image
        scene.must("rollback", SERVICE=part)
        runs = {task.image for task in scene.running(part)}
        _expect(before not in runs, f"{part} is rolled back")

    return happen


def spread(*parts: str) -> Happening:
    """Spread replicas over the nodes, which start-first updates may have put on one."""

    def happen(scene: Scene) -> None:
        for part in parts:
            if len({task.node for task in scene.running(part)}) < len(scene.nodes):
                say(f"  {part} has all its replicas on one node; spreading them")
                for replicas in (1, len(scene.nodes)):
                    scaled = f"{scene.settings.service(part)}={replicas}"
                    docker("service", "scale", "--detach", scaled)
                    scene.await_settled()

    return happen


def kill_task(part: str) -> Happening:
    """Send SIGKILL to one of two replicas, on this machine's node."""

    def happen(scene: Scene) -> None:
        with _another_task(scene, part):
            docker("kill", "--signal", "KILL", _container_here(scene, part))

    return happen


def replace_postgres(scene: Scene) -> None:
    """Replace Postgres' container, on the same files, as an update of its image does."""
    service = scene.settings.service("postgres")
    with _another_task(scene, "postgres"):
        docker("service", "update", "--quiet", "--detach", "--force", service)


def kill_postgres(scene: Scene) -> None:
    """Remove Postgres' container without any warning; the swarm makes another."""
    with _another_task(scene, "postgres"):
        docker("rm", "--force", _container_here(scene, "postgres"))


def slow_database(scene: Scene) -> None:
    """Have all of messages' statements wait, as for a bad disk; no replica may be killed for it."""
    before = {task.id for task in scene.running("messages")}
    postgres = _container_here(scene, "postgres")
    docker("exec", postgres, "psql", "--username=postgres", "--dbname=minitwit", "--command", HELD)
    after = {task.id for task in scene.running("messages")}
    _expect(after == before, "messages' replicas are those of before")
    scene.await_settled()


def drain_and_back(scene: Scene) -> None:
    other = _other_node(scene)
    docker("node", "update", "--availability", "drain", other)
    try:
        scene.await_settled()
        await_(lambda: not _tasks_on(scene, other), "the drained node is empty")
    finally:
        docker("node", "update", "--availability", "active", other)
    scene.await_settled()


def stop_engine(scene: Scene) -> None:
    """Kill an engine for a while: its node's tasks are made anew elsewhere."""
    other = _other_node(scene)
    _expect(bool(_tasks_on(scene, other)), "something runs on the node that is to die")
    its = engine.found()
    its.kill()
    try:
        scene.await_node(other, "down")
        scene.await_settled()
        time.sleep(OUTAGE_SECONDS)
    finally:
        its.start()
        await_(engine.is_up, f"the second engine, {' '.join(its.arguments)}", 60.0)
        scene.await_node(other, "ready")
    scene.await_settled()


def rotate(secret: str, part: str = "") -> Happening:
    def happen(scene: Scene) -> None:
        scene.must("rotate", SECRET=secret, SERVICE=part)

    return happen


@contextmanager
def _another_task(scene: Scene, part: str) -> Iterator[None]:
    """For a block that leads to a new task: wait until that one runs and all is settled."""
    service = scene.settings.service(part)
    since = rollout.moment(service)
    yield
    await_(lambda: rollout.moment(service) > since, f"another task of {part}")
    scene.await_settled()


def _container_here(scene: Scene, part: str) -> str:
    own = own_node()
    for task in scene.running(part):
        if task.node == own:
            found = inspect("task", task.id)[0]["Status"]["ContainerStatus"]
            return str(found["ContainerID"])
    raise Trouble(f"No task of {part} runs on this machine's node.")


def _other_node(scene: Scene) -> str:
    own = own_node()
    for node in docker("node", "ls", "--quiet").splitlines():
        if node != own:
            return node
    raise Trouble("The swarm has one node; this takes two.")


def _tasks_on(scene: Scene, node: str) -> list[str]:
    known = (task for part in PARTS for task in tasks.of(scene.settings.service(part)))
    return [task.id for task in known if task.node == node and task.state == "running"]


def _expect(is_so: bool, what: str, output: str = "") -> None:
    if not is_so:
        raise Trouble(f"It was expected that {what}.\n{output}".strip())
