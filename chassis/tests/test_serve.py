"""A service as a process: what it says when it can't start, and how it stops."""

import re
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import orjson
import pytest
from requests import Session

from chassis.access import LATE_SECONDS
from tests.system import PATIENCE, eventually

Start = Callable[..., "subprocess.Popen[bytes]"]


def connected(address: str) -> socket.socket:
    host, port = address.split(":")
    return socket.create_connection((host, int(port)), PATIENCE)


def connect_on_and_on(address: str) -> None:
    while True:
        with suppress(ConnectionResetError):  # it was not yet accepted
            connected(address).close()


def documents(out: bytes) -> list[dict[str, Any]]:
    """Log lines, as what they say."""
    return [orjson.loads(line) for line in out.splitlines()]


def ended(process: "subprocess.Popen[bytes]") -> list[dict[str, Any]]:
    """All that a process has said once it was told to end, which it does in peace."""
    process.terminate()
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, b"")
    return documents(out)


def test_a_bad_configuration_is_named_and_nothing_is_started(start: Start) -> None:
    process = start(threads="many", colour="blue")
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (2, b"")
    assert [(line["log.level"], line["message"]) for line in documents(out)] == [
        ("critical", "MINITWIT_COLOUR: no such setting"),
        ("critical", "MINITWIT_THREADS: must be a whole number above 0"),
    ]


def test_every_line_of_a_process_is_json(start: Start, address: str, patient: Session) -> None:
    process = start(bind=address, drain_seconds="1")
    patient.get(f"http://{address}/version", headers={"Connection": "close"})
    lines = ended(process)
    assert {line["service.name"] for line in lines} == {"example"}
    assert {line["event.dataset"] for line in lines} == {"example.events", "example.access"}
    assert [line for line in lines if line.get("minitwit.route") == "/version"]


def test_starts_and_requests_are_written_down_at_any_level(
    start: Start, address: str, patient: Session
) -> None:
    """Searches and alerts count on them."""
    process = start(bind=address, log_level="ERROR")
    patient.get(f"http://{address}/version", headers={"Connection": "close"})
    first, *others = ended(process)
    assert first["event.action"] == "started"
    assert [line["minitwit.route"] for line in others if "minitwit.route" in line] == ["/version"]


def test_the_first_line_of_a_process_says_which_version_has_started(start: Start) -> None:
    process = start(bind="127.0.0.1:0", version="1.2.3", commit="c0ffee", environment="staging")
    assert process.stdout is not None
    first = orjson.loads(process.stdout.readline())
    assert first["event.action"] == "started"
    assert (first["service.version"], first["minitwit.commit"]) == ("1.2.3", "c0ffee")
    assert first["service.environment"] == "staging"


def test_a_process_that_crashes_says_why_in_its_log(environment: dict[str, str]) -> None:
    url = "postgresql+psycopg2://nobody:canary@127.0.0.1:1/nowhere"
    done = subprocess.run(
        [sys.executable, "-m", "chassis.migrate", "example"],
        env={**environment, "MINITWIT_MIGRATION_DATABASE_URL": url},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    *_, last = documents(done.stdout)
    assert (last["log.level"], last["error.type"]) == ("critical", "OperationalError")
    assert "Connection refused" in last["error.message"]
    assert "canary" not in done.stdout.decode()


HALF, REST = b"GET /version HTTP/1.1\r\n", b"Host: example\r\nConnection: close\r\n\r\n"


def test_probes_are_answered_while_no_thread_is_free(
    start: Start,
    address: str,
    probes_address: str,
    patient: Session,
    environment: dict[str, str],
) -> None:
    check = [sys.executable, "-m", "chassis.health"]
    told = {**environment, "MINITWIT_PROBE_BIND": probes_address}
    assert subprocess.run(check, env=told).returncode == 1
    start(bind=address, probe_bind=probes_address, threads="1")
    patient.get(f"http://{address}/version", headers={"Connection": "close"})
    with connected(address) as slow, connected(address) as waiting:
        slow.sendall(HALF)
        waiting.sendall(HALF + REST)
        eventually(lambda: subprocess.run(check, env=told).returncode == 0)
        for path in ("/healthz", "/readyz", "/metrics"):
            assert patient.get(f"http://{probes_address}{path}").status_code == 200
        assert select.select([waiting], [], [], 0)[0] == []
        slow.sendall(REST)
        for each in (slow, waiting):
            assert each.recv(65_536).startswith(b"HTTP/1.1 200 OK")


HELD = b"POST /held HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
QUICK = f'bucket{{le="{LATE_SECONDS}",'
WAITING = b"GET /waiting HTTP/1.1\r\nHost: x\r\n\r\n"


def hold_up(address: str, kept: socket.socket, seconds: float) -> None:
    """Take the only thread, let a kept connection and a new one wait for it, and free it."""
    with connected(address) as held, connected(address) as new:
        held.sendall(HELD)
        assert held.recv(65_536).startswith(b"HTTP/1.1 100")
        for each in (kept, new):
            each.sendall(WAITING)
        assert select.select([kept, new], [], [], seconds)[0] == []
        held.sendall(b"x")
        for each in (kept, new):
            assert each.recv(65_536).startswith(b"HTTP/1.1 404")


def told(page: str, what: str) -> float:
    """The one of a histogram's numbers that is about /waiting, which is no route."""
    (value,) = re.findall(rf'duration_seconds_{what}method="GET",status="404",.*}} (\S+)', page)
    return float(value)


def test_a_requests_duration_includes_waiting_for_a_thread(
    start: Start, address: str, patient: Session
) -> None:
    """A busy machine may need longer to notice that there is a request."""
    process, metrics = start(bind=address, threads="1"), f"http://{address}/metrics"
    patient.get(f"http://{address}/version")
    with connected(address) as kept:
        kept.sendall(WAITING)
        assert kept.recv(65_536).startswith(b"HTTP/1.1 404")
        page = patient.get(metrics).text
        for seconds in (2 * LATE_SECONDS, 10.0, PATIENCE):
            quick = told(page, QUICK)
            hold_up(address, kept, seconds)
            page = patient.get(metrics).text
            if told(page, QUICK) == quick:
                break
    took = [it["event.duration"] / 1e9 for it in ended(process) if it.get("url.path") == "/waiting"]
    assert min(took[-2:]) > LATE_SECONDS
    assert told(page, "sum{") == pytest.approx(sum(took))


def test_an_unread_large_body_does_not_close_the_connection(
    start: Start, address: str, patient: Session
) -> None:
    start(bind=address)
    patient.get(f"http://{address}/version")
    connection = HTTPConnection(address, timeout=PATIENCE)
    connection.connect()
    connection.auto_open = 0
    for method, status in [("PUT", 405), ("GET", 200)] * 20:
        connection.request(method, "/version", body=b"x" * 500_000)
        answer = connection.getresponse()
        assert answer.status == status
        answer.read()
    connection.close()


def test_new_connections_are_refused_at_once_while_a_process_stops(
    start: Start, address: str, patient: Session
) -> None:
    process = start(bind=address)
    patient.get(f"http://{address}/version")
    process.send_signal(signal.SIGTERM)
    with pytest.raises(ConnectionRefusedError):
        connect_on_and_on(address)
    assert process.poll() is None  # it waits for the connection that `patient` keeps


def test_the_probe_port_answers_nothing_but_probes(
    start: Start, address: str, probes_address: str, patient: Session
) -> None:
    process = start(bind=address, probe_bind=probes_address)
    for path in ("/version", "/", "/healthz/"):
        assert patient.get(f"http://{probes_address}{path}").status_code == 404
    assert ended(process)[0]["event.action"] == "started"


LOAD = """
import gc, os
from chassis.config import load
from chassis.serve import Server
from example.config import Config

Server("example", load(Config, os.environ)).load()
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_the_garbage_collector_skips_objects_made_at_startup(environment: dict[str, str]) -> None:
    """Otherwise a collection would hold up every request while it scans all modules."""
    out = subprocess.check_output([sys.executable, "-c", LOAD], env=environment)
    passed_over, looked_through = map(int, out.split())
    assert passed_over > 100 * looked_through


def kilobytes(pid: int) -> dict[str, int]:
    """A process's memory by kind."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {kind: int(size.split()[0]) for kind, size in (line.split(":") for line in lines)}


def test_a_worker_shares_most_of_what_its_master_holds(
    start: Start, address: str, patient: Session
) -> None:
    master = start(bind=address)
    patient.get(f"http://{address}/version")
    held = kilobytes(master.pid)
    assert held["Shared_Dirty"] > held["Private_Dirty"]


def segments_received(connection: socket.socket) -> int:
    """Those with data in them: `tcpi_data_segs_in` of Linux' `struct tcp_info`."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
    (count,) = struct.unpack_from("I", info, 152)
    return int(count)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Odd: \x01\r\n\r\n", 400),
        (b"A / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 17_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_gunicorn_refuses_is_refused_as_json(
    start: Start, address: str, patient: Session, request_: bytes, status: int
) -> None:
    start(bind=address)
    patient.get(f"http://{address}/version")
    with connected(address) as client:
        client.sendall(request_)
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/json" in head
    assert orjson.loads(body) == {"status": status, "error_msg": orjson.loads(body)["error_msg"]}


def test_who_is_refused_can_send_the_rest_of_a_large_body(
    start: Start, address: str, patient: Session
) -> None:
    """If the connection were reset, the gateway would take this replica for a broken one."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nX-Odd: \x01\r\nContent-Length: 20000000\r\n\r\n"
    start(bind=address)
    patient.get(f"http://{address}/version")
    with connected(address) as client:
        client.sendall(head)
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 400 ")
        client.sendall(b"x" * 20_000_000)  # more than the kernel keeps for somebody who reads none


def test_an_answer_comes_in_one_piece(start: Start, address: str, patient: Session) -> None:
    start(bind=address)
    patient.get(f"http://{address}/version")
    with connected(address) as client:
        for number in (1, 2):
            client.sendall(b"GET /version HTTP/1.1\r\nHost: example\r\n\r\n")
            head, _, body = client.recv(65536).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert orjson.loads(body)["service"] == "example"
            assert segments_received(client) == number


def test_a_stopping_process_keeps_serving_but_closes_its_connections(
    start: Start, address: str, patient: Session
) -> None:
    process = start(bind=address, drain_seconds="3600")
    url = f"http://{address}/healthz"
    assert patient.get(url).headers["Connection"] == "keep-alive"
    process.send_signal(signal.SIGTERM)
    eventually(lambda: patient.get(url).headers["Connection"] == "close")
    assert patient.get(url).status_code == 200
    assert patient.get(f"http://{address}/readyz").status_code == 503
    assert process.poll() is None
