"""What is reckoned from two scrapes, and how it looks."""

import math
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.samples import Sample

from dev import ports
from dev.services import PARTS, ROOT
from dev.status.look import Part, Watch
from dev.status.scrape import REQUESTS, Scrape, Traffic, quantile, traffic
from dev.status.screen import coloured, duration, plain, screen
from dev.tests.gateway_stub import talking

SYSTEM = {"url": "http://127.0.0.1:8080"}
NOW = 1_800_000_000.0


def told(at: float, counts: dict[str, int], start: float = 1.0, quick: float = 1.0) -> Scrape:
    """A service's answer: requests by status, of which the share `quick` took under 0.1 s."""
    total = sum(counts.values())
    buckets = {"0.1": total * quick, "0.3": total, "+Inf": total}
    return Scrape(
        at,
        (
            Sample("process_start_time_seconds", {}, start),
            *(
                Sample(f"{REQUESTS}_count", {"status": status, "method": "GET"}, count)
                for status, count in counts.items()
            ),
            *(Sample(f"{REQUESTS}_bucket", {"le": le}, count) for le, count in buckets.items()),
        ),
    )


def test_traffic_is_what_happened_between_two_scrapes() -> None:
    before, after = told(10, {"200": 100}), told(20, {"200": 180, "404": 16, "503": 4})
    assert traffic(before, after) == Traffic(10.0, 0.04, pytest.approx(0.099))


def test_without_a_request_there_is_no_share_and_no_time() -> None:
    assert traffic(told(10, {"200": 7}), told(12, {"200": 7})) == Traffic(0.0)


def test_what_a_service_did_before_it_was_started_anew_does_not_count() -> None:
    before, after = told(10, {"200": 100}), told(20, {"200": 50}, start=2.0)
    assert traffic(before, after).rate == 5.0


@pytest.mark.parametrize(
    ("buckets", "slow"),
    [
        ([(0.1, 100), (0.3, 100), (math.inf, 100)], 0.099),
        ([(0.1, 98), (0.3, 100), (math.inf, 100)], 0.2),
        ([(0.1, 0), (0.3, 0), (math.inf, 1)], math.inf),
    ],
)
def test_the_slowest_hundredth(buckets: list[tuple[float, float]], slow: float) -> None:
    assert quantile(0.99, buckets) == pytest.approx(slow)


BODIES = {b"/readyz": b'{"status": "unready", "reason": "r"}', b"/metrics": b"up 1\n"}


def answer(connection: socket.socket) -> None:
    """Like an unready service; the gateway is only seen to listen."""
    if asked := connection.recv(65_536):
        body = BODIES[asked.split(b" ")[1]]
        connection.sendall(b"HTTP/1.1 503 x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def nonsense(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"nonsense\r\n\r\n")


def test_a_service_is_asked_directly_whatever_proxy_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{ports.free(20_000)}")
    monkeypatch.delenv("no_proxy", raising=False)
    with talking(answer) as unready, talking(nonsense) as silent:
        places = {"web": unready, "users": silent, "gateway": unready}
        known = {name: int(url.rpartition(":")[2]) for name, url in places.items()}
        nobody = ports.free(20_000)
        processes = {name: {"port": known.get(name, nobody)} for name in PARTS}
        parts = {part.name: part for part in Watch().look(processes)}
    assert parts["web"] == Part("web", "unready", "r")
    assert parts["users"] == Part("users", "silent")
    assert parts["messages"] == Part("messages", "down")
    assert (parts["gateway"].health, parts["postgres"].health) == ("up", "down")


SEEN = [
    Part("gateway", "up"),
    Part("messages", "unready", "schema is at 0001", told(1, {}, NOW - 7_500), Traffic(12, 0.5, 1)),
    Part("users", "down"),
]


def test_each_part_has_its_row_and_columns_stand_one_below_the_other() -> None:
    head, gateway, messages, users = screen(SYSTEM, SEEN, plain, NOW)[2:6]
    assert gateway.split() == ["gateway", "up", *["-"] * 5]
    assert "unready     12.0/s    50.0%   1,000 ms   2 h 5 min" in messages
    assert users.startswith("users      down")
    assert head.index("REQUESTS") + len("REQUESTS") == messages.index("12.0/s") + len("12.0/s")


def test_why_a_part_is_not_ready_stands_below() -> None:
    assert screen(SYSTEM, SEEN, plain, NOW)[-1] == "messages: schema is at 0001"


def test_colours_are_for_terminals_and_change_nothing_else() -> None:
    shown, bare = (screen(SYSTEM, SEEN, paint, NOW) for paint in (coloured, plain))
    assert "\x1b[31mdown   \x1b[0m" in "\n".join(shown)
    for colour in ("0", "1", "2", "31", "32", "33"):
        shown = [line.replace(f"\x1b[{colour}m", "") for line in shown]
    assert [line.rstrip() for line in shown] == bare


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (3_700, "1 h 1 min"), (90_000, "1 d 1 h")],
)
def test_durations_are_told_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_where_nothing_runs_one_line_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dev.status"],
        cwd=ROOT,
        env={"STATE": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"MiniTwit: No system runs from {tmp_path}; start one with make run.\n")
