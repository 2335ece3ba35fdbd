"""WAL is received continuously, and brings a cluster back to any moment since a base backup."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from chassis.config import Secret
from dev import privileges
from dev.postgres import Cluster, cluster
from infra.backup import drill, dump, recover, restore, wal
from infra.backup.keeper import AGAIN_AFTER, Keeper
from infra.backup.now import keep_bases
from infra.backup.postgres import ask, connected, run
from infra.backup.role import make_role
from infra.backup.settings import Settings
from infra.backup.store import Store, stamp
from infra.backup.tests.conftest import PASSWORDS, is_locked
from infra.trouble import Trouble
from tests.system import eventually

PASSWORD = "backup"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backups")


@pytest.fixture
def url(source: Cluster) -> str:
    """The role's own: nothing in here is done as a superuser."""
    make_role(source.admin_url, PASSWORD)
    return source.url("backup", PASSWORD)


@pytest.fixture
def receiver(source: Cluster, url: str, store: Store) -> Iterator[wal.Receiver]:
    """At work; it leaves no slot behind."""
    made = wal.Receiver(url, store)
    try:
        made.tend()
        yield made
    finally:
        made.stop()
        eventually(lambda: is_idle(source))
        run("psql", "--command=SELECT pg_drop_replication_slot('backup')", url=source.admin_url)


def is_idle(source: Cluster) -> bool:
    """Whether the database has seen that the receiver is gone."""
    with connected(source.admin_url) as connection:
        return ask(connection, "SELECT active FROM pg_replication_slots") == [(False,)]


def say(source: Cluster, statement: str) -> datetime:
    """Put a statement to the database; its own time after that."""
    with connected(source.admin_url) as connection:
        ask(connection, statement)
    with connected(source.admin_url) as connection:
        ((moment,),) = ask(connection, "SELECT clock_timestamp()")
    assert isinstance(moment, datetime)
    return moment


def flushed(source: Cluster) -> bool:
    """Whether everything that was written is received; a fast cluster writes it a moment later."""
    query = "SELECT flush_lsn >= pg_current_wal_insert_lsn() FROM pg_stat_replication"
    with connected(source.admin_url) as connection:
        return ask(connection, query) == [(True,)]


@pytest.mark.parametrize("lost", [False, True])
def test_a_cluster_comes_back_as_it_was_at_a_moment(
    source: Cluster, url: str, store: Store, receiver: wal.Receiver, tmp_path: Path, lost: bool
) -> None:
    """Also if WAL was lost since."""
    say(source, "CREATE TABLE public.notes (text text)")
    base = wal.take_base(url, store)
    before = say(source, "INSERT INTO public.notes VALUES ('kept')")
    say(source, "DROP TABLE public.notes")
    eventually(lambda: flushed(source))
    if lost:
        lose(source, receiver)
        receiver.tend()

    with recovered(source, base, store, tmp_path, before) as back:
        assert notes(back) == ["kept"]


def test_a_dump_of_a_recovered_cluster_can_be_restored(
    source: Cluster,
    target: Cluster,
    url: str,
    store: Store,
    receiver: wal.Receiver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    base = wal.take_base(url, store)
    names = "follower_id, follower_name, followee_id, followee_name"
    row = "41000000, 'Ada', 42000000, 'Bob'"
    before = say(source, f"INSERT INTO followers.follows ({names}) VALUES ({row})")
    say(source, "DELETE FROM followers.follows WHERE follower_id = 41000000")
    eventually(lambda: flushed(source))
    with recovered(source, base, store, tmp_path, before) as back:
        monkeypatch.setenv("MINITWIT_DATABASE_URL", back.admin_url)
        monkeypatch.setenv("MINITWIT_FOLDER", str(store.folder))
        dump.main()
    taken = store.dump(capsys.readouterr().out.strip())
    assert store.whole() == [taken]
    restore.restore(target.admin_url, taken, PASSWORDS)
    assert "restores" in restore.proved(target.admin_url, taken, PASSWORDS)
    with connected(target.admin_url) as connection:
        query = "SELECT followee_name FROM followers.follows WHERE follower_id = 41000000"
        assert ask(connection, query) == [("Bob",)]


def test_a_cluster_whose_disk_is_lost_comes_back_whole_and_its_wal_goes_on(
    source: Cluster, url: str, store: Store, receiver: wal.Receiver, tmp_path: Path
) -> None:
    """In another timeline, through which the old base backup leads, too."""
    say(source, "CREATE TABLE IF NOT EXISTS public.notes (text text)")
    say(source, "TRUNCATE public.notes")
    base = wal.take_base(url, store)
    say(source, "INSERT INTO public.notes VALUES ('before')")
    eventually(lambda: flushed(source))
    receiver.stop()
    with recovered(source, base, store, tmp_path) as back:
        assert notes(back) == ["before"]
        again = wal.Receiver(back.url("backup", PASSWORD), store)
        try:
            again.tend()
            say(back, "INSERT INTO public.notes VALUES ('since')")
            eventually(lambda: flushed(back))
        finally:
            again.stop()
    with recovered(source, base, store, tmp_path / "again") as back:
        assert notes(back) == ["before", "since"]


@contextmanager
def recovered(
    source: Cluster, base: Path, store: Store, place: Path, until: datetime | None = None
) -> Iterator[Cluster]:
    """The source as it was at a moment, or at the end of what was received of it."""
    folder = place / "recovered"
    of = base.parent.name.removeprefix("base-")
    recover.prepare(base, store.wal(of), folder / "data", until)
    (folder / "secret").write_text(source.password)
    open_to(folder, store, source)
    with cluster(folder) as back:
        eventually(lambda: not in_recovery(back))
        yield back


def notes(made: Cluster) -> list[object]:
    with connected(made.admin_url) as connection:
        return [text for (text,) in ask(connection, "SELECT text FROM public.notes")]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "use DATA-FOLDER"),
        (["data", "14:05", "UTC"], "use DATA-FOLDER"),
        (["data", "yesterday"], "yesterday is no moment like 2026-"),
        (["data", "2026-11-22T14:05:00"], "needs its time zone"),
    ],
)
def test_a_recovery_to_what_is_no_moment_is_refused_in_words(
    arguments: list[str], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["recover", *arguments])
    with pytest.raises(Trouble, match=why):
        recover.main()


def in_recovery(made: Cluster) -> bool:
    with connected(made.admin_url) as connection:
        return bool(ask(connection, "SELECT pg_is_in_recovery()")[0][0])


def open_to(folder: Path, store: Store, source: Cluster) -> None:
    """Where root tests, the server runs as somebody else, who must reach all of it."""
    if not privileges.is_root():
        return
    for path in (folder, store.folder):
        privileges.hand_over(path, source.user)


def test_wal_is_current_while_nothing_of_it_is_missing(
    source: Cluster, receiver: wal.Receiver
) -> None:
    eventually(lambda: receiver.tend() or receiver.is_current)
    receiver.stop()
    eventually(lambda: is_idle(source))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receiver, "_start", lambda: None)
        receiver.tend()
    assert not receiver.is_current


def test_wal_is_received_anew_after_some_was_lost(
    source: Cluster, receiver: wal.Receiver, store: Store
) -> None:
    """The database keeps WAL for an absent receiver only up to a limit."""
    lose(source, receiver)
    receiver.tend()
    assert store.status()["base_needed"]
    eventually(lambda: flushed(source))


def test_lost_wal_is_noted_before_the_slot_that_shows_it_is_dropped(
    source: Cluster, receiver: wal.Receiver, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: str, **__: str) -> str:
        raise Trouble("pg_receivewal: the database went away")

    lose(source, receiver)
    monkeypatch.setattr(wal, "run", fail)
    with pytest.raises(Trouble, match="went away"):
        receiver.tend()
    assert store.status()["base_needed"]


@pytest.fixture
def settings(url: str, store: Store) -> Settings:
    return Settings(folder=str(store.folder), database_url=Secret(url))


@pytest.fixture
def keeper(settings: Settings, store: Store, receiver: wal.Receiver) -> Keeper:
    """At NOW, neither a round nor a base backup is due."""
    store.dumps.mkdir(parents=True)
    (store.dumps / f"minitwit-{stamp(NOW)}.json").touch()
    store.note(round_at=NOW.isoformat())
    wal.take_base(settings.database_url, store, datetime.now(UTC) - timedelta(hours=1))
    made = Keeper(settings)
    made.receiver = receiver
    return made


def full(_url: str, store: Store) -> Path:
    """In place of a base backup, for which there is no room."""
    assert is_locked(store)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_base_backup_that_fails_after_lost_wal_is_told_and_taken_later(
    source: Cluster,
    store: Store,
    keeper: Keeper,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level("INFO")
    lose(source, keeper.receiver)
    with monkeypatch.context() as patch:
        patch.setattr(wal, "take_base", full)
        eventually(lambda: keeper.step(NOW) or "the backup failed: [Errno 28]" in caplog.text)
    assert store.status()["base_needed"]
    eventually(lambda: keeper.step(NOW + AGAIN_AFTER) or "new base backup" in caplog.text)
    assert not store.status()["base_needed"]
    assert len(wal.bases(store, wal.system(keeper.settings.database_url))) == 2


def test_a_weekly_base_backup_that_fails_is_taken_later_in_the_same_round(
    store: Store, keeper: Keeper, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = wal.system(keeper.settings.database_url)
    monkeypatch.setattr(drill, "prove_and_note", lambda *_: "proved")
    caplog.set_level("INFO")
    (base,) = wal.bases(store, of)
    base.rename(base.with_name(stamp(datetime.now(UTC) - wal.BASE_EVERY)))
    store.note(round_at=(NOW - timedelta(days=1)).isoformat())
    with monkeypatch.context() as patch:
        patch.setattr(wal, "take_base", full)
        eventually(lambda: keeper.step(NOW) or "the backup failed: [Errno 28]" in caplog.text)
    assert store.round_at() == NOW - timedelta(days=1)
    eventually(lambda: keeper.step(NOW + AGAIN_AFTER) or "proved" in caplog.text)
    assert store.round_at() == NOW
    assert len(wal.bases(store, of)) == 2


def test_a_keeper_that_is_started_again_knows_that_a_base_backup_is_needed(
    source: Cluster, store: Store, keeper: Keeper, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    lose(source, keeper.receiver)
    # Which is as far as another one came before.
    keeper.receiver.tend()
    eventually(lambda: keeper.step(NOW) or "new base backup" in caplog.text)
    assert not store.status()["base_needed"]
    assert len(wal.bases(store, wal.system(keeper.settings.database_url))) == 2


def test_wal_that_is_lost_while_a_base_backup_is_taken_needs_another_one(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(_url: str, store: Store) -> Path:
        store.note(base_needed="2026-11-22T03:00:10+00:00")
        return store.folder

    monkeypatch.setattr(wal, "take_base", take)
    store.note(base_needed="2026-11-22T03:00:00+00:00")
    keep_bases(settings)
    assert store.status()["base_needed"]
    keep_bases(settings)
    assert not store.status()["base_needed"]


def lose(source: Cluster, receiver: wal.Receiver) -> None:
    """The receiver stays away until WAL is gone that it has not received."""
    eventually(lambda: receiver.tend() or flushed(source))
    receiver.stop()
    eventually(lambda: is_idle(source))
    overflow(source)


def overflow(source: Cluster) -> None:
    """More WAL than the cluster keeps for somebody who is away."""
    for statement in (
        "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'",
        "SELECT pg_reload_conf()",
        *["SELECT pg_logical_emit_message(true, '', 'x'), pg_switch_wal()"] * 4,
        "CHECKPOINT",
        "ALTER SYSTEM RESET max_slot_wal_keep_size",
        "SELECT pg_reload_conf()",
    ):
        run("psql", "--quiet", "--output=/dev/null", f"--command={statement}", url=source.admin_url)


@pytest.mark.usefixtures("receiver")
def test_old_base_backups_go_with_their_wal(source: Cluster, url: str, store: Store) -> None:
    of = wal.system(url)
    first = wal.take_base(url, store, datetime.fromisoformat("2026-11-01T03:00:00Z"))
    say(source, "SELECT pg_switch_wal()")
    second = wal.take_base(url, store, datetime.fromisoformat("2026-11-08T03:00:00Z"))
    eventually(lambda: flushed(source))
    wal.forget(store, of, keep=1)
    assert wal.bases(store, of) == [second]
    left = sorted(path.name[8:24] for path in store.wal(of).glob("0*"))
    assert left[0] == wal.first_segment(second)
    assert not first.exists()


def test_the_histories_of_timelines_are_kept(tmp_path: Path) -> None:
    """A cluster that was brought back goes on in timeline 2, of which its history tells."""
    store = Store(tmp_path)
    base, folder = store.bases("7") / stamp(NOW), store.wal("7")
    base.mkdir(parents=True)
    folder.mkdir()
    (base / "backup_manifest").write_text('{"WAL-Ranges": [{"Start-LSN": "0/5000028"}]}')
    old, new, history = ("0" * 23 + "4", "00000002" + "0" * 15 + "5", "00000002.history")
    for name in (old, new, history):
        (folder / name).touch()
    wal.forget(store, "7", keep=1)
    assert {path.name for path in folder.iterdir()} == {new, history}
    wal.set_aside(folder)
    assert {path.name for path in folder.iterdir()} == {f"{new}.old", history}


def test_the_role_reads_everything_and_writes_nothing(url: str) -> None:
    with connected(url) as connection:
        ask(connection, "SET TRANSACTION READ WRITE")
        ask(connection, "SELECT count(*) FROM users.accounts")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(connection, "DELETE FROM users.accounts")
