"""What becomes of a system whose processes die, that is ended, or that can't start."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from dev import ports
from dev.services import NAMES
from tests.people import CREDENTIALS, SECONDS, Browser, Simulator
from tests.system import PATIENCE, ROOT, System, at_work_in, eventually, kill_all, start

PROCESSES = (*NAMES, "gateway", "postgres")
WELL = {200, 404}


def pids(system: System) -> dict[str, int]:
    return {name: system.process(name)["pid"] for name in PROCESSES}


def statuses(system: System) -> set[int]:
    """Of a way to each service, through the gateway; an error where there is no answer at all."""
    ways = ("/public", "/api/latest", "/api/msgs/nobody", "/api/fllws/nobody")
    urls = [f"{system.url}{way}" for way in ways]
    return {requests.get(url, auth=CREDENTIALS, timeout=SECONDS).status_code for url in urls}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_that_is_killed_is_started_again(system: System, me: Browser, name: str) -> None:
    before = pids(system)
    said = system.said().count(f"{name} is back.")
    os.kill(before[name], signal.SIGKILL)
    if name != "postgres":
        assert all(system.is_ready(each) for each in NAMES if each != name)
    if name in NAMES:
        assert statuses(system) <= WELL | {502, 503}
    eventually(lambda: system.process(name)["pid"] != before[name])
    eventually(lambda: all(map(system.is_ready, before)))
    eventually(lambda: system.said().count(f"{name} is back.") > said)
    eventually(lambda: statuses(system) == WELL)
    after = pids(system)
    assert {each for each in before if after[each] != before[each]} == {name}
    assert me.send("/add_message", text="after").messages == ["after"]


def test_an_unwritable_state_file_does_not_end_the_system(system: System) -> None:
    """As on a full disk; the next change tells the tools of both."""
    before = pids(system)
    (system.state / "system.draft").mkdir()
    os.kill(before["web"], signal.SIGKILL)
    eventually(lambda: "The tools can't be told of it" in system.said())
    (system.state / "system.draft").rmdir()
    eventually(lambda: statuses(system) == WELL)
    os.kill(before["gateway"], signal.SIGKILL)
    eventually(lambda: {*pids(system).values()}.isdisjoint([before["web"], before["gateway"]]))
    eventually(lambda: all(map(system.is_ready, before)))


@pytest.mark.parametrize("victim", ["postgres", "messages"])
def test_what_was_acknowledged_is_kept_when_a_process_is_killed(
    system: System, simulator: Simulator, me: Browser, victim: str
) -> None:
    recorded = []
    for number in range(40):
        if number == 20:
            os.kill(system.process(victim)["pid"], signal.SIGKILL)
        answer = simulator.tweet(me.name, str(number))
        assert answer.status_code in (204, 502, 503)
        recorded += [str(number)] * (answer.status_code == 204)
    eventually(lambda: system.is_ready("messages"))
    kept = [each["content"] for each in simulator.messages(me.name)]
    assert len(recorded) >= 20
    assert [text for text in kept[::-1] if text in recorded] == recorded


@dataclass
class Life:
    """A system of a test's own, and somebody with a session and a message in it."""

    system: System
    me: Browser

    def restart(self) -> None:
        self.system = start(self.system.state, self.system.port)

    def assert_nothing_is_lost(self) -> None:
        assert self.me.is_signed_in
        assert self.me.go("/").messages == ["kept"]
        simulator = Simulator(self.system.url)
        assert simulator.follows(self.me.name) == [self.me.name]
        eventually(lambda: simulator.latest() == 77)


@pytest.fixture
def life(tmp_path: Path, system: System, name: str) -> Iterator[Life]:
    """Beside the shared system."""
    own = start(tmp_path / "state")
    try:
        simulator = Simulator(own.url)
        assert simulator.latest() == -1
        simulator.register(name)
        me = Browser(own.url).sign_in(name)
        me.post("/add_message", text="kept")
        simulator.change(name, follow=name)
        simulator.get("/msgs", params={"latest": 77})
        yield Life(own, me)
    finally:
        kill_all(own.state)


@pytest.mark.contract("A.2 latest: before anything was recorded -1; survives restarts")
def test_data_sessions_and_latest_survive_what_may_come(
    life: Life, system: System, tmp_path: Path
) -> None:
    assert Browser(system.url, life.me.name).go(f"/{life.me.name}").status == 404
    life.system.end()
    life.restart()
    life.assert_nothing_is_lost()
    kill_all(life.system.state)
    life.system.runner.wait(PATIENCE)
    life.restart()
    life.assert_nothing_is_lost()
    refused_while_it_runs(life.system, tmp_path)
    life.assert_nothing_is_lost()
    life.system.end()
    refused_when_damaged(life.system.state, tmp_path)


def refused_while_it_runs(running: System, tmp_path: Path) -> None:
    """The same state folder twice, the same port twice."""
    for port in (running.port, ports.free(20_000)):
        said = f"it runs from {running.state} already ({running.url})"
        assert said in refused(running.state, port)
    assert f"Port {running.port} is taken" in refused(tmp_path / "other", running.port)


def refused_when_damaged(state: Path, tmp_path: Path) -> None:
    """Copies of a state folder, each with something else wrong with it."""

    def said_of(damage: Callable[[Path], None], copy: Path, port: int) -> str:
        subprocess.run(["cp", "-a", state, copy], check=True)
        damage(copy)
        said = refused(copy, port)
        assert at_work_in(copy) == {}
        shutil.rmtree(copy)
        return said

    damages, words = zip(*DAMAGES, strict=True)
    copies = [tmp_path / f"copy{number}" for number in range(len(DAMAGES))]
    free = [ports.free(20_000) for _ in DAMAGES]
    with ThreadPoolExecutor(3) as pool:
        for said, wanted in zip(pool.map(said_of, damages, copies, free), words, strict=True):
            assert wanted in said


DAMAGES: list[tuple[Callable[[Path], None], str]] = [
    (lambda state: (state / "secrets" / "users_service").unlink(), "is missing"),
    (lambda state: (state / "secrets" / "signing_key.pem").write_text("x"), "Ed25519"),
    (lambda state: (state / "secrets" / "cookie_keys").write_bytes(b""), "is empty"),
    (lambda state: shutil.rmtree(state / "postgres" / "data"), "damaged"),
    (lambda state: (state / "postgres" / "data" / "PG_VERSION").unlink(), "damaged"),
    (lambda state: (state / "postgres/data/global/pg_control").write_bytes(b"x"), "pg_control"),
    (lambda state: shutil.rmtree(state / "postgres/data/pg_wal"), "postgres"),
]


def test_what_is_no_state_folder_is_left_alone(tmp_path: Path) -> None:
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_text("mine")
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    assert "is a file" in refused(file, ports.free(20_000))
    assert "no state folder" in refused(folder, ports.free(20_000))
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]
    assert (folder / "thesis.txt").read_text() == file.read_text() == "mine"


def test_a_port_of_another_program_is_named_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refused(tmp_path / "state", port)
    assert said.startswith(f"MiniTwit: Port {port} is taken by another program")


def refused(state: Path, port: int) -> str:
    """The one line that a start gives that can't be."""
    done = subprocess.run(
        [sys.executable, "-m", "dev.run"],
        cwd=ROOT,
        env=os.environ | {"STATE": str(state), "PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr.startswith("MiniTwit: ")
    assert done.stderr.count("\n") == 1
    return done.stderr
