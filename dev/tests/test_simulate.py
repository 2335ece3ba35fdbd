"""The simulator against a gateway that answers as the test says."""

import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from dev import simulate
from dev.simulator.actions import Action
from dev.simulator.tally import Line, Tally, percentile
from dev.simulator.wire import Gateway, Outcome
from dev.tests.gateway_stub import Request, Stub, serving, talking

SCENARIO = (
    "7\t0\t0\tregister\tAyşe O'Neil/x\ta@b.example\tp\"w\n"
    "8\t0\t0\ttweet\tAyşe O'Neil/x\t“Well—”\n"
    "9\t0\t0\tfollow\tAyşe O'Neil/x\t李 明\n"
    "10\t0\t0\tunfollow\tAyşe O'Neil/x\t李 明\n"
)
NAME = "Ay%C5%9Fe%20O%27Neil%2Fx"


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    path = tmp_path / "scenario.tsv"
    path.write_text(SCENARIO, encoding="utf-8")
    return str(path)


def run(url: str, *options: str) -> int:
    """With a patience that a busy machine does not exhaust."""
    return simulate.main(["--url", url, "--seconds", "30", *options])


def gateway(url: str, seconds: float) -> Gateway:
    return Gateway.at(url, "simulator:x", seconds)


CUT_SHORT = b"HTTP/1.1 500 No\r\nContent-Length: 5\r\n\r\nab"
TWEET = Action(1, "tweet", "a", "b")


def test_each_action_is_the_request_that_the_course_sends(scenario: str) -> None:
    """CONTRACT A.1, A.3."""
    with serving(Stub()) as stub:
        assert run(stub.url, "--scenario", scenario) == 0
    assert [(r.path, r.latest, r.body) for r in stub.requests] == [
        ("/api/register", 7, {"username": "Ayşe O'Neil/x", "email": "a@b.example", "pwd": 'p"w'}),
        (f"/api/msgs/{NAME}", 8, {"content": "“Well—”"}),
        (f"/api/fllws/{NAME}", 9, {"follow": "李 明"}),
        (f"/api/fllws/{NAME}", 10, {"unfollow": "李 明"}),
    ]
    for request in stub.requests:
        assert request.headers["Connection"] == "close"
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["Authorization"] == "Basic c2ltdWxhdG9yOnN1cGVyX3NhZmUh"


@pytest.mark.contract("A.7 Success is 204, for register also 400")
def test_a_name_that_is_taken_is_no_error(scenario: str) -> None:
    def status(request: Request) -> int:
        return 400 if request.path == "/api/register" else 204

    with serving(Stub(status)) as stub:
        assert run(stub.url, "--scenario", scenario) == 0


@pytest.mark.parametrize("status", [200, 302, 400, 404, 503])
def test_any_other_status_is_an_error(
    scenario: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(request: Request) -> int:
        return status if "content" in request.body else 204

    with serving(Stub(answer)) as stub:
        assert run(stub.url, "--scenario", scenario) == 1
    out = capsys.readouterr().out
    assert f"tweet: 1 status {status}" in out
    assert "make logs ID=c0ffee" in out


def test_made_up_actions_all_arrive(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Stub()) as stub:
        assert run(stub.url, "--size", "0.005", "--names", "b", "--seed", "3") == 0
    assert len(stub.requests) == 131
    out = capsys.readouterr().out
    assert "requests per second" in out
    assert f"latest is {stub.requests[-1].latest}, the last id that was sent." in out


def test_a_lost_latest_is_an_error(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Stub(latest=9)) as stub:
        assert run(stub.url, "--scenario", scenario) == 1
    assert "latest is 9, but the last id that was sent is 10." in capsys.readouterr().out


class OtherLatest(Stub):
    """Before the run nobody wrote; at its end somebody else has."""

    def newest(self) -> int:
        return 4711 if self.requests else -1


def test_a_latest_sent_by_another_simulator_is_no_error(
    scenario: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(OtherLatest()) as stub:
        assert run(stub.url, "--scenario", scenario) == 0
    assert "latest is 4711, which another simulator has sent" in capsys.readouterr().out


@pytest.mark.contract("A.7 0.3 s for connect and answer, no retry")
def test_a_silent_gateway_is_a_timeout_and_is_not_asked_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert gateway(url, seconds=0.05).perform(TWEET).error == "timeout"
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_a_gateway_that_drips_its_answer_is_a_timeout() -> None:
    """The time is for all of the answer, not for each part of it."""

    def drip(connection: socket.socket) -> None:
        pause = threading.Event()
        connection.sendall(b"HTTP/1.1 204 No Content\r\nX: ")
        try:
            while not pause.wait(0.01):
                connection.sendall(b"x")
        except OSError:
            pass

    with talking(drip) as url:
        assert gateway(url, seconds=0.2).perform(TWEET).error == "timeout"


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", CUT_SHORT])
def test_a_broken_answer_is_a_connection_error(answer: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    with talking(talk) as url:
        assert gateway(url, seconds=30).perform(TWEET).error == "connection"


def test_no_gateway_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    assert run(url) == 1
    complaint = f"MiniTwit: Nothing answers at {url}; is it running (make run)?\n"
    assert capsys.readouterr().err == complaint


def test_a_broken_scenario_is_one_line_and_nothing_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.tsv"
    path.write_text(SCENARIO + "oops\n", encoding="utf-8")
    with serving(Stub()) as stub:
        assert run(stub.url, "--scenario", str(path)) == 1
    assert not stub.requests
    err = capsys.readouterr().err
    assert "broken.tsv, line 5: 1 columns" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://", "http://x:abc", "http://x:99999", "http://x/a"]
)
def test_an_address_that_is_none_is_one_line(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(url) == 1
    assert capsys.readouterr().err == f"MiniTwit: {url} is no address like http://127.0.0.1:8080.\n"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--seed", "x"], "SEED=x is no whole number.\n"),
        (["--size", "1000"], "There are not more than "),
    ],
)
def test_what_no_scenario_can_be_made_of_is_one_line(
    options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("http://127.0.0.1:1", *options) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(f"MiniTwit: {told}")
    assert captured.err.count("\n") == 1


def test_ctrl_c_before_the_first_action_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: Gateway) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Gateway, "latest", interrupt)
    assert run("http://127.0.0.1:1") == 130
    assert capsys.readouterr().err == "MiniTwit: Interrupted; run it again to begin anew.\n"


def test_ctrl_c_prints_the_table_so_far(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(request: Request) -> int:
        if request.latest == 8:
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(30)
        return 204

    with serving(Stub(interrupt)) as stub:
        assert run(stub.url, "--scenario", scenario) == 130
    out = capsys.readouterr().out
    assert "register      1       0" in out
    assert "Interrupted" in out


def test_the_environment_sets_what_make_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PORT": "81", "SCENARIO": "", "SEED": "5", "NAMES": "b"}.items():
        monkeypatch.setenv(name, value)
    options = simulate.parse([])
    assert options.url == "http://127.0.0.1:81"
    assert (options.scenario, options.seed, options.names) == ("", 5, "b")


def test_percentiles_are_values_that_were_measured() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert [percentile(hundred, share) for share in (0.5, 0.95, 0.99, 1)] == [50, 95, 99, 100]
    assert percentile([3.0], 0.5) == 3


def test_the_table_counts_errors_by_kind() -> None:
    tally = Tally()
    for error in ("", "timeout", "status 503", "timeout"):
        tally.record(TWEET, Outcome(0.1, error))
    report = list(tally.report(elapsed=2))
    assert [row.split() for row in report[:3]] == [
        ["action", "count", "errors", "p50", "p95", "p99", "max"],
        ["register", "0", "0", "-", "-", "-", "-"],
        ["tweet", "4", "3", "100.0", "100.0", "100.0", "100.0"],
    ]
    assert "tweet: 2 timeout, 1 status 503" in report
    assert report[6] == "Times in ms. 2.0 s in all, 2 requests per second."


def test_lines_add_up() -> None:
    both = Line([1.0]) + Line([2.0])
    assert both.cells("all")[:4] == ("all", "2", "0", "1000.0")
