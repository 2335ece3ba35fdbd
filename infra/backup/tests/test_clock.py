"""A clock that was ahead once leaves times in the future, which hold up and mislead nobody."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from infra.backup import keeper, now, recover, wal
from infra.backup.settings import Settings
from infra.backup.store import Dump, Store, stamp
from infra.trouble import Trouble
from tests.system import eventually

NOW = datetime.now(UTC).replace(microsecond=0)
AHEAD = NOW + timedelta(days=30)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def dumped(store: Store, at: datetime) -> Dump:
    dump = Dump(store.dumps / f"minitwit-{stamp(at)}.dump")
    store.dumps.mkdir(exist_ok=True)
    for path in (dump.file, dump.manifest):
        path.touch()
    return dump


def copied(store: Store, at: datetime, start: str) -> Path:
    """A base backup of the cluster 7, whose WAL it needs from `start` on."""
    base = store.bases("7") / stamp(at)
    base.mkdir(parents=True)
    ranges = {"WAL-Ranges": [{"Start-LSN": start}]}
    (base / "backup_manifest").write_text(json.dumps(ranges))
    return base


def test_the_newest_dump_is_none_from_the_future(store: Store) -> None:
    dumped(store, AHEAD)
    with pytest.raises(Trouble, match="there is no dump"):
        store.dump("newest")
    assert store.dump_at(NOW) is None
    real = dumped(store, NOW)
    assert store.dump("newest") == real
    assert store.dump_at(NOW) == NOW


def test_a_dump_from_the_future_is_in_no_other_ones_place(store: Store) -> None:
    """Nor is it removed: where the clock is behind, all the others are in the future."""
    known = [dumped(store, at) for at in (NOW - timedelta(days=1), NOW, AHEAD)]
    store.forget(days=1, weeks=1, now=NOW)
    assert store.whole() == known[1:]


def test_a_round_names_the_dumps_from_the_future(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For somebody to remove: one day they would be the newest."""
    monkeypatch.setattr(now.drill, "prove_and_note", lambda *_: "proved")
    dumped(store, NOW)
    settings = Settings(folder=str(store.folder), wal=False)
    assert now.end_round(settings) == "proved"
    ahead = dumped(store, AHEAD)
    line = now.end_round(settings)
    assert line == f"proved; from the future, so to be removed by hand: {ahead.file.name}"


def test_a_failure_in_the_future_holds_nothing_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of the first round, for which the database was not there yet."""
    worked = Event()

    def work(_: Settings) -> str:
        if not worked.is_set():
            worked.set()
            raise Trouble("not there yet")
        return "good"

    monkeypatch.setattr(keeper, "back_up", work)
    made = keeper.Keeper(Settings(folder=str(store.folder), wal=False))
    eventually(lambda: made.step(AHEAD) or (worked.is_set() and made._work is None))
    made.step(AHEAD)
    assert made._work is None
    made.step(NOW)
    assert made._work is not None


def test_a_base_backup_in_the_future_is_none(store: Store) -> None:
    copied(store, AHEAD, "0/2000028")
    assert wal.is_due(store, "7", NOW)
    with pytest.raises(Trouble, match="there is no base backup"):
        recover.newest_base(store, None)
    real = copied(store, NOW - timedelta(hours=1), "0/3000028")
    assert not wal.is_due(store, "7", NOW)
    assert recover.newest_base(store, None) == real


def test_base_backups_go_in_the_order_in_which_they_were_taken(store: Store) -> None:
    """Or the one from the future would stay in place of a real one, until its WAL is gone."""
    old = copied(store, NOW - timedelta(days=14), "0/2000028")
    ahead = copied(store, AHEAD, "0/3000028")
    real = copied(store, NOW, "0/4000028")
    assert wal.bases(store, "7") == [old, ahead, real]
    wal.forget(store, "7", keep=1)
    assert wal.bases(store, "7") == [real]
