"""Which backups are taken when, which are kept, and what a drill finds."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from threading import Timer

import psycopg2
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from chassis.config import ConfigError, Secret
from dev import ports
from dev.postgres import Cluster
from infra.backup import drill, dump, health, metrics, restore
from infra.backup.keeper import AGAIN_AFTER, Keeper, is_due
from infra.backup.now import back_up
from infra.backup.postgres import run
from infra.backup.settings import Settings
from infra.backup.store import Dump, Store, kept, stamp
from infra.backup.tests.conftest import ROOT, SCHEMAS, is_locked
from infra.trouble import Trouble
from tests.system import PATIENCE, eventually

NOWHERE = "postgresql+psycopg2://backup:canary@127.0.0.1:1/minitwit"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def test_seven_days_and_four_weeks_are_kept() -> None:
    nights = [NOW - timedelta(days=number) for number in range(60)]
    left = sorted(kept(nights, 7, 4), reverse=True)
    assert left[:7] == nights[:7]
    assert [moment.isoweekday() for moment in left[7:]] == [7, 7, 7]


def test_what_was_dumped_before_a_restore_is_kept_beside_what_was_dumped_after() -> None:
    """For as long as dumps of single days are."""
    before, after = NOW, NOW + timedelta(hours=9)
    assert kept([before, after], 7, 4) == {before, after}
    nights = [NOW + timedelta(days=number) for number in range(1, 8)]
    assert before not in kept([before, after, *nights], 7, 4)


def test_days_without_a_dump_do_not_count() -> None:
    """After a month without any, the last ones are still there."""
    old = [NOW - timedelta(days=30 + number) for number in range(7)]
    assert set(old) <= kept(old, 7, 4)


def test_a_dump_goes_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.dumps.mkdir()
    for number in range(3):
        name = f"minitwit-{stamp(NOW + timedelta(days=number))}"
        for end in ("dump", "json", "globals.sql"):
            (store.dumps / f"{name}.{end}").touch()
    store.forget(days=1, weeks=1, now=NOW + timedelta(days=2))
    assert len(list(store.dumps.iterdir())) == 3
    assert store.dump("newest").taken_at == NOW + timedelta(days=2)


def test_a_dump_that_was_broken_off_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.dumps.mkdir()
    (store.dumps / f"minitwit-{stamp(NOW)}.dump").touch()
    assert store.whole() == []


def test_a_round_first_sweeps_what_was_broken_off(tmp_path: Path) -> None:
    """Even one that fails: a disk that is full of such things would let none succeed."""
    store = Store(tmp_path)
    whole, broken = (f"minitwit-{stamp(NOW + timedelta(days=number))}" for number in range(2))
    left = {f"{whole}.dump", f"{whole}.globals.sql", f"{whole}.json", "somebody's own.dump"}
    store.dumps.mkdir()
    for name in (*left, f"{broken}.dump", f"{broken}.globals.sql", f"{broken}.draft"):
        (store.dumps / name).touch()
    (tmp_path / "drill-x" / "data").mkdir(parents=True)
    with pytest.raises(psycopg2.OperationalError):
        back_up(Settings(folder=str(tmp_path), database_url=Secret(NOWHERE)))
    assert {path.name for path in store.dumps.iterdir()} == left
    assert not (tmp_path / "drill-x").exists()


def test_a_drill_holds_the_lock_since_a_round_would_remove_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def prove(settings: Settings, dump: Dump) -> str:
        return f"{dump.file.name}, locked: {is_locked(settings.store)}"

    monkeypatch.setattr(drill, "prove_and_note", prove)
    monkeypatch.setattr(sys, "argv", ["drill", "some.dump"])
    monkeypatch.setenv("MINITWIT_FOLDER", str(tmp_path))
    drill.main()
    assert capsys.readouterr().out == "some.dump, locked: True\n"


def test_a_restore_from_the_volume_is_alone_as_a_round_might_remove_its_dump(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path)
    store.dumps.mkdir()
    (store.dumps / f"minitwit-{stamp(NOW)}.json").write_text('{"tables": {}}')
    done: list[bool] = []
    monkeypatch.setattr(restore, "restore", lambda *_, **__: done.append(is_locked(store)))
    monkeypatch.setattr(restore, "proved", lambda *_: f"locked: {is_locked(store)}")
    monkeypatch.setattr(sys, "argv", ["restore", "newest"])
    monkeypatch.setenv("MINITWIT_FOLDER", str(tmp_path))
    restore.main()
    assert done == [True]
    assert capsys.readouterr().out == "locked: True\n"


def test_waiting_for_the_lock_can_time_out(tmp_path: Path) -> None:
    """As in an emergency, when a round hangs that nothing else ends."""
    store = Store(tmp_path)
    with store.alone():
        with pytest.raises(Trouble, match="unless it hangs"), store.alone(patience=0.0):
            pytest.fail("somebody else is there")
        assert is_locked(store)


def test_what_has_its_name_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power cut, an empty status.json would not say that a base backup is needed."""
    done: list[str] = []
    sync, rename = os.fsync, Path.rename

    def synced(file: int) -> None:
        done.append(f"{Path(os.readlink(f'/proc/self/fd/{file}')).name} is on the disk")
        sync(file)

    def renamed(path: Path, to: Path) -> Path:
        done.append(f"{path.name} is called {to.name}")
        return rename(path, to)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    Store(tmp_path).note(base_needed="2026-11-22T03:00:00+00:00")
    assert done == [
        "status.draft is on the disk",
        "status.draft is called status.json",
        f"{tmp_path.name} is on the disk",
    ]


def told(store: Store, wal: bool = True) -> dict[str, float]:
    """What Prometheus gets, without the process's own."""
    port = metrics.serve(store, "127.0.0.1:0", wal)
    page = requests.get(f"http://127.0.0.1:{port}", timeout=PATIENCE).text
    return {
        sample.name.removeprefix("minitwit_backup_"): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if not sample.name.startswith("process_")
    }


def test_what_never_happened_has_no_metric(tmp_path: Path) -> None:
    assert told(Store(tmp_path)) == {"wal_wanted": 1}
    assert told(Store(tmp_path), wal=False) == {"wal_wanted": 0}


def test_prometheus_is_told_how_old_and_how_large_backups_are(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.dumps.mkdir()
    (store.dumps / f"minitwit-{stamp(NOW)}.dump").write_bytes(b"1234")
    (store.dumps / f"minitwit-{stamp(NOW)}.json").touch()
    store.note(dumped_at=NOW.isoformat(), verified_at=(NOW + timedelta(minutes=1)).isoformat())
    assert told(store) == {
        "last_success_timestamp_seconds": NOW.timestamp(),
        "last_verified_timestamp_seconds": NOW.timestamp() + 60,
        "dump_bytes": 4,
        "wal_wanted": 1,
    }


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, NOW, True),
        (NOW - timedelta(days=1), NOW, True),
        (NOW - timedelta(days=1), NOW - timedelta(minutes=1), False),
        (NOW, NOW + timedelta(hours=23), False),
        (NOW - timedelta(days=9), NOW - timedelta(hours=1), True),
        (NOW + timedelta(days=30), NOW, True),
    ],
)
def test_a_dump_is_due_once_a_day(last: datetime | None, now: datetime, due: bool) -> None:
    assert is_due(last, now, "03:00") == due


@pytest.mark.parametrize("time", ["25:00", "3", "3 am", "03:60", "03:00:00", ""])
def test_a_time_that_no_day_has_is_refused_at_the_start(time: str) -> None:
    """It used to end the keeper in its first round, again after every restart."""
    with pytest.raises(ConfigError, match="MINITWIT_TIME: must be a time of day"):
        Settings(time=time)


def failing(*_: object) -> str:
    raise Trouble("no room for a drill")


def test_a_proof_that_fails_is_tried_again_with_the_same_dump(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    keeper = Keeper(Settings(folder=str(tmp_path), wal=False, time="00:00"))
    store, now = keeper.settings.store, NOW + AGAIN_AFTER

    def take(_url: str, folder: Path, account: str) -> Dump:
        folder.mkdir()
        dump = Dump(folder / f"minitwit-{stamp(NOW)}.dump")
        dump.file.touch()
        dump.manifest.write_text(json.dumps({"taken_at": NOW.isoformat()}))
        return dump

    with monkeypatch.context() as patch:
        patch.setattr(dump, "take", take)
        patch.setattr(drill, "prove_and_note", failing)
        eventually(lambda: keeper.step(NOW) or "no room for a drill" in caplog.text)
    assert store.round_at() is None
    monkeypatch.setattr(drill, "prove_and_note", lambda _, dump: f"{dump.file.name} is good")
    eventually(lambda: keeper.step(now) or f"minitwit-{stamp(NOW)}.dump is good" in caplog.text)
    assert store.round_at() == NOW


def test_a_status_that_is_lost_is_written_anew_from_the_newest_dump(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is proved once more, since nobody knows whether it was."""
    keeper = Keeper(Settings(folder=str(tmp_path), wal=False, time="00:00"))
    store = keeper.settings.store
    store.dumps.mkdir()
    name = f"minitwit-{stamp(NOW)}"
    (store.dumps / f"{name}.json").touch()
    monkeypatch.setattr(drill, "prove_and_note", lambda *_: "proved")
    eventually(lambda: keeper.step(NOW) or store.round_at() == NOW)
    known = store.status()
    assert (known["dumped_at"], known["dump"]) == (NOW.isoformat(), f"{name}.dump")


@contextmanager
def used(target: Cluster) -> Iterator[str]:
    yield target.admin_url


def test_a_drill_tells_in_one_line(taken: Dump, target: Cluster, tmp_path: Path) -> None:
    line = drill.prove(taken, "Ada:a good one", tmp_path, lambda _: used(target))
    assert "\n" not in line
    assert "sequences, roles and rights are right, Ada can log in" in line


def test_a_drill_tells_every_problem(taken: Dump, target: Cluster, tmp_path: Path) -> None:
    told = taken.manifest.read_text()
    lied = Dump(tmp_path / taken.file.name)
    lied.file.write_bytes(taken.file.read_bytes())
    lied.manifest.write_text(told.replace('"users.accounts": {', '"users.people": {'))
    with pytest.raises(Trouble) as caught:
        drill.prove(lied, "Ada:a bad one", tmp_path, lambda _: used(target))
    for problem in ("users.people is missing", "users.accounts was not in", "Ada can't log in"):
        assert problem in str(caught.value)


def test_a_dump_holds_every_schema(taken: Dump) -> None:
    assert taken.schemas() == sorted(SCHEMAS)
    assert "TABLE DATA messages messages" in run("pg_restore", "--list", str(taken.file))


KEEPER = [sys.executable, "-m", "infra.backup.keeper"]


def environment(folder: Path, url: str, port: int) -> dict[str, str]:
    """What a keeper is told that is a process of its own."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'chassis'}",
        "MINITWIT_BIND": f"127.0.0.1:{port}",
        "MINITWIT_FOLDER": str(folder),
        "MINITWIT_DATABASE_URL": url,
    }


@contextmanager
def keeping(command: list[str], told: dict[str, str]) -> Iterator[Iterator[dict[str, str]]]:
    """A keeper's log lines, which end after a while even if it says nothing more."""
    with subprocess.Popen(command, env=told, stdout=subprocess.PIPE) as keeper:
        assert keeper.stdout is not None
        end = Timer(PATIENCE, keeper.kill)
        end.start()
        try:
            yield map(json.loads, keeper.stdout)
        finally:
            end.cancel()
            keeper.terminate()
    assert keeper.returncode == 0


def test_the_keeper_says_in_json_that_a_database_is_away_and_goes_on(tmp_path: Path) -> None:
    port = ports.free(20_000)
    told = environment(tmp_path, NOWHERE, port)
    with keeping(KEEPER, told) as said:
        lines = list(islice(said, 3))
        assert requests.get(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE).status_code == 200
    assert lines[0]["event.action"] == "started"
    assert "no WAL is received" in lines[2]["message"]
    assert {line["service.name"] for line in lines} == {"backup"}


def test_a_full_volume_ends_no_keeper_and_is_swept(tmp_path: Path) -> None:
    """The health check passes even for a process that cannot write a byte to any file."""
    unfinished = tmp_path / "drill-x"
    unfinished.mkdir()
    told = environment(tmp_path, NOWHERE, ports.free(20_000))
    bounded = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *KEEPER]
    with keeping(bounded, told) as said:
        assert any("status.json can't be written" in line["message"] for line in said)
        eventually(lambda: not unfinished.exists())
        check = [sys.executable, "-m", "infra.backup.health"]
        assert subprocess.run(check, env=told).returncode == 0


def test_a_keeper_that_hangs_is_not_healthy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINITWIT_FOLDER", str(tmp_path))
    assert health.main() == 1
    Store(tmp_path).beat()
    assert health.main() == 0
    long_ago = (datetime.now(UTC) - health.LONGEST).timestamp()
    os.utime(tmp_path / "beat", (long_ago, long_ago))
    assert health.main() == 1


def test_the_keeper_ends_while_a_dump_is_taken(source: Cluster, tmp_path: Path) -> None:
    """This pg_dump ends only when the test lets go of what it reads."""
    begun, held, stand_in = tmp_path / "begun", tmp_path / "held", tmp_path / "bin" / "pg_dump"
    os.mkfifo(held)
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\ntouch "{begun}"\nexec cat "{held}"\n')
    stand_in.chmod(0o755)
    told = environment(tmp_path / "backups", source.admin_url, ports.free(20_000))
    told |= {"PATH": f"{stand_in.parent}{os.pathsep}{told['PATH']}", "MINITWIT_WAL": "false"}
    with subprocess.Popen(KEEPER, env=told) as keeper, held.open("r+b", buffering=0):
        eventually(begun.exists)
        keeper.terminate()
        assert keeper.wait(PATIENCE) == 0
