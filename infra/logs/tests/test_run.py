"""A container's process with the relay beside it: signals, statuses, last words."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.logs.tests.test_relay import FOLDER
from tests.system import PATIENCE

# As nginx does, it takes a signal that its shell had it ignore.
TALKS = """
import signal, sys
for number in (signal.SIGTERM, signal.SIGQUIT):
    signal.signal(number, lambda *_: (print("nginx: [notice] bye", file=sys.stderr), sys.exit(7)))
print('{"out": 1}', flush=True)
print("nginx: [notice] up", file=sys.stderr, flush=True)
while True:
    signal.pause()
"""


@pytest.fixture
def container(tmp_path: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """What a container of the gateway runs, with another program in nginx's place."""
    command = ["sh", str(FOLDER / "run.sh"), "nginx", sys.executable, "-c", TALKS]
    told = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    child = subprocess.Popen(command, env=told, stdout=subprocess.PIPE, start_new_session=True)
    yield child
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT])
def test_a_signal_reaches_the_program_and_its_last_words_and_status_come_out(
    container: "subprocess.Popen[bytes]", number: signal.Signals
) -> None:
    assert container.stdout
    lines = [json.loads(container.stdout.readline()) for _ in range(3)]
    assert {line.get("message") for line in lines} == {None, "gateway is starting", "up"}
    container.send_signal(number)
    assert json.loads(container.stdout.readline())["message"] == "bye"
    assert container.wait(PATIENCE) == 7


def test_run_ends_when_its_program_does(tmp_path: Path) -> None:
    command = [
        "sh",
        str(FOLDER / "run.sh"),
        "postgres",
        "sh",
        "-c",
        "echo in; echo err >&2; exit 3",
    ]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, env=environment, timeout=PATIENCE)
    assert done.returncode == 3
    assert [json.loads(line)["message"] for line in done.stdout.splitlines()] == ["in", "err"]
