"""The parts of `make bench` that could be wrong without anybody noticing."""

import mmap
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dev.bench import __main__ as bench
from dev.bench import disk, machine, open_loop, report, simulation
from dev.bench.bars import Bar, of_browsing, of_growth
from dev.bench.closed_loop import Round
from dev.bench.measure import Result
from dev.bench.routes import Cast, evened, raw
from dev.bench.soak import Stretch
from dev.tests.gateway_stub import talking

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REFUSAL = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture
def answering() -> Iterator[int]:
    """The port of a server that refuses every third request, and then its connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked = count(1)

    def serve(connection: socket.socket) -> None:
        with closing(connection):
            while connection.recv(65_536):
                is_third = next(asked) % 3 == 0
                connection.sendall(REFUSAL if is_third else ANSWER)
                if is_third:
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_the_open_loop_sends_all_that_is_due_and_counts_refusals(answering: int) -> None:
    times = open_loop.run(answering, [raw("GET", "/")], rate=300, seconds=1)
    assert 200 < len(times.seconds) < 400
    assert times.seconds == sorted(times.seconds)
    assert times.errors == len(times.seconds) // 3


def test_a_connection_that_is_broken_off_is_an_error() -> None:
    def break_off(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with talking(break_off) as url:
        port = int(url.rpartition(":")[2])
        times = open_loop.run(port, [raw("GET", "/")], rate=100, seconds=0.2)
    assert times.errors == len(times.seconds) > 0


def test_pages_that_fail_beside_the_simulator_are_told(answering: int) -> None:
    page: Any = SimpleNamespace(requests=[raw("GET", "/"), raw("GET", "/public")])
    scene: Any = SimpleNamespace(port=answering)
    with simulation.browsers(scene, [page]) as seen:
        assert seen.requests == 0
    assert seen.requests > 0
    assert seen.errors == seen.requests // 3
    assert not of_browsing(seen).met


def test_browsers_that_never_asked_are_no_proof() -> None:
    assert not of_browsing(simulation.Browsing()).met
    assert of_browsing(simulation.Browsing(requests=5)).met


def test_the_disk_is_asked_as_long_as_anything_runs_beside_it(tmp_path: Path) -> None:
    with disk.writes(tmp_path) as seconds:
        pass
    assert seconds
    assert min(seconds) > 0
    assert not list(tmp_path.iterdir())
    assert "disk" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (ANSWER, True),
        (ANSWER[:-1], False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\n", False),
    ],
)
def test_an_answers_end_is_known(answer: bytes, whole: bool) -> None:
    assert open_loop.is_whole(bytearray(answer)) is whole


def test_what_this_process_uses_is_found_with_its_children() -> None:
    roots = {"here": os.getpid()}
    assert machine.memory(roots)["here"] > 10
    assert machine.cpu(roots)["here"] > 0


def test_what_is_shared_and_has_its_size_is_no_growth() -> None:
    roots, megabytes = {"here": os.getpid()}, 64
    before = machine.memory(roots)["here"], machine.memory_but_buffers(roots)["here"]
    with closing(mmap.mmap(-1, megabytes * 10**6)) as buffers:
        buffers.write(bytes(len(buffers)))
        after = machine.memory(roots)["here"], machine.memory_but_buffers(roots)["here"]
    assert after[0] - before[0] > 0.9 * megabytes
    assert after[1] - before[1] < 0.1 * megabytes


def test_as_many_people_are_asked_for_in_each_world() -> None:
    few = Cast(["a"], ["a", "b"], ["c", "d"], [("a", "b")], {})
    many = Cast(["e", "f"], ["g"], ["h", "i", "j"], [("e", "f")] * 2, {"k": "l"})
    assert evened({"small": few, "large": many}) == {
        "small": Cast(["a"], ["a"], ["c", "d"], [("a", "b")], {}),
        "large": Cast(["e"], ["g"], ["h", "i"], [("e", "f")] * 2, {"k": "l"}),
    }


def test_a_bar_is_met_from_the_right_side() -> None:
    assert [Bar("", 0.5, 0.5, at_least=True).met, Bar("", 0.4, 0.5, at_least=True).met] == [1, 0]
    assert [Bar("", 1.2, 1.2).met, Bar("", 1.3, 1.2).met] == [True, False]


def test_a_table_can_be_read_as_markdown() -> None:
    rows = [("route", "1/s"), ("GET /", "1,000")]
    assert list(report.table(rows)) == [
        "| route |   1/s |",
        "| :---- | ----: |",
        "| GET / | 1,000 |",
    ]


def result(cpu: float, p50s: list[float], errors: int = 0) -> Result:
    parts = {"web": cpu / 2, "postgres": cpu / 2}
    return Result("msgs", "GET /api/msgs", 1.0, 1.0, 0.0, 0.0, p50s, 0.0, parts, errors)


def test_growth_is_that_of_turns_beside_each_other() -> None:
    """A turn that the machine disturbed, in either world, is no growth."""
    small = {"msgs": result(0.010, [1.0, 1.0, 9.0, 1.0, 1.0]), "user": result(0.010, [1.0] * 5)}
    large = {"msgs": result(0.011, [1.1, 9.0, 1.1, 1.1, 1.1]), "user": result(0.012, [1.0] * 5)}
    cpu, p50 = of_growth(small, large)
    assert (cpu.measured, p50.measured) == (pytest.approx(1.2), pytest.approx(1.1))
    assert "(user)" in cpu.what
    assert "(msgs)" in p50.what


def test_an_error_of_any_route_in_any_world_breaks_a_bar() -> None:
    small = {"msgs": result(0.010, [1.0], errors=1), "user": result(0.010, [1.0])}
    large = {"msgs": result(0.010, [1.0]), "user": result(0.010, [1.0], errors=2)}
    first, *_ = bench._bars(report.Report(results={"10k": small, "10m": large}))
    assert (first.what, first.measured, first.met) == ("Errors of all routes", 3, False)
    first, *_ = bench._bars(report.Report(results={"10m": {"msgs": result(0.010, [1.0])}}))
    assert first.met


def test_a_connection_that_was_just_renewed_is_no_growth_and_hides_none() -> None:
    """Its process has yet to fill its memory, at whichever end of a soak."""
    stretch, done = Stretch(), Round(requests=10, seconds=1.0, errors=1)
    for megabytes in (52.0, 65.0, 53.0):
        stretch.add(done, {"postgres": megabytes, "web": 1.0})
    assert stretch.most == {"postgres": 65.0, "web": 1.0}
    assert (stretch.sent, stretch.errors) == (30, 3)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"ROUTE": "msg"}, "ROUTE=msg is no route; it is one of msgs, "),
        ({"ROUTE": "home-5000", "SIZE": "10k,20m"}, "SIZE=20m is no size; it is one of 10k, "),
    ],
)
def test_what_cannot_be_measured_is_told_before_a_world_is_loaded(
    told: dict[str, str],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bench.closed_loop, "require", lambda: None)
    monkeypatch.setattr(bench.scene, "scene", lambda _: pytest.fail("a world is loaded"))
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert bench.main() == 1
    assert reason in capsys.readouterr().err
