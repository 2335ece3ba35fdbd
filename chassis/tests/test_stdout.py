"""A log that can't be written stops nobody from being answered."""

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from requests import Session

from tests.system import PATIENCE

Start = Callable[..., "subprocess.Popen[bytes]"]
# Each makes a line as long as its path, longer than what a pipe takes whole or not at all.
LONG = "x" * 7_000
MOST_REQUESTS = 2_000


def dropped(client: Session, address: str) -> float:
    page = client.get(f"http://{address}/metrics").text
    (line,) = [it for it in page.splitlines() if it.startswith("minitwit_log_lines_dropped_total")]
    return float(line.split()[1])


def ask(client: Session, address: str, path: str) -> int:
    return client.get(f"http://{address}/{path}").status_code


def fill(client: Session, address: str) -> int:
    """How many requests it took until a line was dropped; each was answered."""
    for number in range(1, MOST_REQUESTS):
        assert ask(client, address, LONG) == 404
        if dropped(client, address):
            return number
    raise AssertionError("nothing was dropped")


def test_an_unread_log_holds_up_no_request(start: Start, address: str, patient: Session) -> None:
    process = start(bind=address)
    assert process.stdout is not None
    filled = fill(patient, address)
    assert {ask(patient, address, "unread") for _ in range(50)} == {404}
    assert dropped(patient, address) >= 50

    lines: list[dict[str, Any]] = []
    reader = threading.Thread(target=_read, args=(process.stdout, lines))
    reader.start()
    for _ in range(MOST_REQUESTS):
        assert ask(patient, address, "back") == 404
        if _has(lines, "/back"):
            break
    process.terminate()
    reader.join(PATIENCE)
    assert len([it for it in lines if it.get("url.path") == f"/{LONG}"]) == filled - 1
    assert _has(lines, "/back")
    assert not _has(lines, "/unread")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_log_disk_holds_up_no_request(start: Start, address: str, patient: Session) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    start(stdout=full, bind=address)
    os.close(full)
    assert {ask(patient, address, "nowhere") for _ in range(20)} == {404}
    assert dropped(patient, address) >= 20


def _read(stream: Any, lines: list[dict[str, Any]]) -> None:
    """Until the end; a line that is not whole is no JSON."""
    for line in stream:
        lines.append(orjson.loads(line))


def _has(lines: list[dict[str, Any]], path: str) -> bool:
    return any(line.get("url.path") == path for line in lines)
