"""Starting and ending processes without leaving anything behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from dev import logfiles
from dev.journal import Journal
from dev.processes import Process, end_leftovers, last_words, leftovers
from dev.relay import Relay
from dev.supervisor import Stop, Supervisor
from dev.trouble import Trouble
from tests.system import eventually

SLEEP = "import time; time.sleep(60)"
PARENT = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {SLEEP!r}], start_new_session=True)
print("started", flush=True)
{SLEEP}
"""
RUNNER = """
import sys
from pathlib import Path
from dev.tests.test_processes import process
made = process(Path(sys.argv[1]), "import time; time.sleep(60)")
made.start()
print(made.pid, flush=True)
import time; time.sleep(60)
"""
# Writes more than a pipe holds once the file "go" is there.
TALKATIVE = """
import itertools, pathlib, sys, time
for number in itertools.count(1):
    try:
        print(number, file=sys.stderr, flush=True)
        if pathlib.Path("go").exists():
            print("x" * 100_000, file=sys.stderr, flush=True)
            pathlib.Path("survived").touch()
    except BrokenPipeError:
        pathlib.Path("survived").touch()
    time.sleep(0.05)
"""


def converters(group: int) -> list[int]:
    """The awk in a relay's process group."""
    found = subprocess.run(["pgrep", "-g", str(group), "awk"], capture_output=True, text=True)
    return list(map(int, found.stdout.split()))


def process(folder: Path, code: str) -> Process:
    return Process(
        name="sleeper",
        command=[sys.executable, "-c", code],
        environment=dict(os.environ),
        folder=folder,
        log=folder / "output.log",
        port=0,
        ready=lambda: True,
        patience=10.0,
    )


def test_nothing_is_left_of_one_that_started_others(tmp_path: Path) -> None:
    made = process(tmp_path, PARENT)
    made.start()
    eventually(lambda: b"started" in made.log.read_bytes())
    assert len(leftovers(tmp_path)) == 2
    made.kill()
    assert leftovers(tmp_path) == []


def test_one_that_ignores_the_request_to_stop_is_killed(tmp_path: Path) -> None:
    ignore = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
    )
    made = process(tmp_path, f"{ignore}\n{SLEEP}")
    made.patience = 0.1
    made.start()
    eventually(lambda: b"deaf" in made.log.read_bytes())
    made.ask_to_stop()
    made.wait()
    assert made.ended() == -signal.SIGKILL


def test_it_ends_when_its_runner_is_killed(tmp_path: Path) -> None:
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert runner.stdout is not None
    assert runner.stdout.readline()
    runner.kill()
    runner.wait()
    eventually(lambda: leftovers(tmp_path) == [])


def test_a_start_ends_what_an_earlier_life_left(tmp_path: Path) -> None:
    old = subprocess.Popen([sys.executable, "-c", SLEEP], cwd=tmp_path)
    eventually(lambda: leftovers(tmp_path) == [old.pid])
    made = process(tmp_path, SLEEP)
    made.start()
    assert old.wait() == -signal.SIGKILL
    made.kill()


def test_other_programs_in_the_folder_are_nobodys_leftovers(tmp_path: Path) -> None:
    shell = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    end_leftovers(tmp_path)
    assert shell.poll() is None
    shell.kill()
    shell.wait()


def test_it_runs_for_as_long_as_a_block_lasts(tmp_path: Path) -> None:
    made = process(tmp_path, SLEEP)
    with made.running():
        assert made.ended() is None
    assert made.ended() == -signal.SIGTERM


def test_a_process_that_ends_before_it_is_ready_is_reported_with_its_last_words(
    tmp_path: Path,
) -> None:
    made = process(tmp_path, "print('FATAL: no room')")
    made.ready = lambda: False
    with pytest.raises(Trouble, match="sleeper did not start: FATAL: no room"), made.running():
        raise AssertionError("it is not ready")


def test_one_that_is_not_ready_in_time_is_told_of_and_ended(tmp_path: Path) -> None:
    made = process(tmp_path, SLEEP)
    made.ready = lambda: False
    with pytest.raises(Trouble, match="sleeper did not start"), made.running(seconds=0):
        raise AssertionError("it is not ready")
    assert made.ended() == -signal.SIGTERM


def test_the_last_words_are_those_that_matter(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("12:00 [7] FATAL:  no room.\n12:01 [7] LOG:  shut down\n")
    assert last_words(log, "FATAL") == "FATAL:  no room."
    assert last_words(log, "PANIC") == "12:01 [7] LOG:  shut down."
    assert last_words(tmp_path / "none") == "it left no log."


def test_the_last_words_of_a_service_are_its_error_or_its_message(tmp_path: Path) -> None:
    log = tmp_path / "log"
    crash = {"message": "crashed", "error.type": "Busy", "error.message": "it is running"}
    log.write_text("".join(json.dumps(it) + "\n" for it in (crash, {"message": "bye"}, [])))
    assert last_words(log, "Busy: ") == "Busy: it is running."
    log.write_text(json.dumps({"message": "MINITWIT_BIND: missing"}))
    assert last_words(log, "MINITWIT_") == "MINITWIT_BIND: missing."


def test_of_json_lines_the_level_tells_which_matter(tmp_path: Path) -> None:
    log = tmp_path / "log"
    bad = {"log.level": "critical", "message": "no room\nHINT: make some"}
    lines = [bad, {"log.level": "info", "message": "not this"}]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert last_words(log, "FATAL") == "no room."
    log.write_text(json.dumps({"log.level": "info", "message": "shut down"}) + "\n")
    assert last_words(log, "FATAL") == "shut down."


def test_what_is_written_on_standard_error_goes_through_the_relay(tmp_path: Path) -> None:
    """Also the last words, also in the next life."""
    made = process(tmp_path, "import sys; sys.stderr.write('odd \\x01 line\\nlast'); print('out')")
    made.relay = Relay("postgres")
    for _ in range(2):
        made.start()
        assert made.child
        assert made.child.wait() == 0
        made.wait()
    lines = made.log.read_text().splitlines()
    assert lines.count("out") == 2
    documents = [json.loads(line) for line in lines if line != "out"]
    assert [each["message"] for each in documents] == ["odd \x01 line", "last"] * 2


def test_a_relay_that_is_killed_takes_neither_program_nor_lines_with_it(tmp_path: Path) -> None:
    made = process(tmp_path, TALKATIVE)
    made.relay = Relay("postgres")
    made.start()
    eventually(lambda: b'"message":"1"' in made.log.read_bytes())
    assert made.relay.child
    for pid in converters(made.relay.child.pid):
        os.kill(pid, signal.SIGKILL)
    said = made.log.read_bytes().count(b"\n")
    eventually(lambda: made.log.read_bytes().count(b"\n") > said + 3)
    os.killpg(made.relay.child.pid, signal.SIGKILL)
    (tmp_path / "go").touch()
    eventually(lambda: (tmp_path / "survived").exists())
    assert made.ended() is None
    made.kill()


def test_a_long_log_moves_aside_while_it_is_written_to(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 100)
        logfiles.bound([log], limit=50)
        writer.write(b"later")
    assert log.read_bytes() == b"later"
    assert (tmp_path / "a.log.1").read_bytes() == b"x" * 100


def test_a_full_disk_costs_no_earlier_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, earlier = tmp_path / "a.log", tmp_path / "a.log.1"
    log.write_text("x" * 100)
    earlier.write_text("earlier")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=99))
    logfiles.bound([log], limit=50)
    assert (earlier.read_text(), log.stat().st_size) == ("earlier", 100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=101))
    logfiles.bound([log], limit=50)
    assert (tmp_path / "a.log.2").read_text() == "earlier"


def test_the_runners_own_log_is_bounded_too(tmp_path: Path) -> None:
    log = tmp_path / "runner.log"
    with log.open("wb") as file:
        file.truncate(logfiles.LIMIT + 1)
    supervisor = Supervisor(Journal(log), lambda _: False)
    supervisor.is_over = lambda: True
    with pytest.raises(Stop):
        supervisor.watch(lambda: None)
    assert log.stat().st_size == 0
    assert (tmp_path / "runner.log.1").stat().st_size > logfiles.LIMIT


def test_of_a_log_that_goes_on_the_newest_pieces_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    for number in range(logfiles.KEPT + 3):
        log.write_text(f"piece {number}")
        logfiles.bound([log], limit=1)
    kept = sorted(tmp_path.glob("a.log.*"))
    newest = range(logfiles.KEPT + 2, 2, -1)
    assert [path.read_text() for path in kept] == [f"piece {number}" for number in newest]
