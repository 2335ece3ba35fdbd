"""A service as a process: what it says when it can't start, and how it stops."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

HERE = Path(__file__).parent
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Runs the example service with the given settings."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**settings: str) -> "subprocess.Popen[bytes]":
        path = os.pathsep.join([str(HERE.parent), str(HERE / "example")])
        environment = {f"MINITWIT_{name.upper()}": value for name, value in settings.items()}
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "chassis.serve", "example"],
                env={"PYTHONPATH": path, "PATH": os.defpath, **environment},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.communicate()


@pytest.fixture
def address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


def patient() -> requests.Session:
    """A client that keeps its connection, and waits until there is one."""
    session = requests.Session()
    retry = Retry(connect=50, read=0, backoff_factor=0.02, backoff_max=0.2)
    session.mount("http://", HTTPAdapter(max_retries=retry))
    return session


def test_a_bad_configuration_is_named_and_nothing_is_started(start: Start) -> None:
    process = start(threads="many", colour="blue")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out == b""
    assert err.decode().splitlines() == [
        "example: The configuration is not usable:",
        "MINITWIT_COLOUR: no such setting",
        "MINITWIT_THREADS: must be a whole number above 0",
    ]


def test_every_line_of_a_process_is_json(start: Start, address: str) -> None:
    process = start(bind=address)
    patient().get(f"http://{address}/version", timeout=5)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    lines = [orjson.loads(line) for line in out.splitlines()]
    assert err == b""
    assert {line["service.name"] for line in lines} == {"example"}
    assert [line for line in lines if line.get("minitwit.route") == "/version"]


def test_the_health_check_asks_the_process(start: Start, address: str) -> None:
    check = [sys.executable, "-m", "chassis.health"]
    environment = {"PYTHONPATH": str(HERE.parent), "MINITWIT_BIND": address}
    assert subprocess.run(check, env=environment).returncode == 1
    start(bind=address)
    patient().get(f"http://{address}/version", timeout=5)
    assert subprocess.run(check, env=environment).returncode == 0


def test_a_process_that_was_told_to_stop_serves_on_and_sends_its_clients_away(
    start: Start, address: str
) -> None:
    process = start(bind=address, drain_seconds="2")
    client, url = patient(), f"http://{address}/healthz"
    assert client.get(url, timeout=5).headers["Connection"] == "keep-alive"
    process.send_signal(signal.SIGTERM)
    answer = client.get(url, timeout=5)
    while answer.headers["Connection"] != "close":
        answer = client.get(url, timeout=5)
    assert answer.status_code == 200
    assert client.get(f"http://{address}/readyz", timeout=5).status_code == 503
    process.communicate(timeout=30)
    assert process.returncode == 0
