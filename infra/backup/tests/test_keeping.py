"""Which backups are taken when, which are kept, and what a drill finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dev.postgres import Cluster
from infra.backup import drill
from infra.backup.keeper import is_due
from infra.backup.postgres import run
from infra.backup.store import Dump, Store, kept, stamp
from infra.backup.tests.conftest import SCHEMAS
from infra.backup.trouble import Trouble

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def test_seven_days_and_four_weeks_are_kept() -> None:
    nights = [NOW - timedelta(days=number) for number in range(60)]
    left = sorted(kept(nights, 7, 4), reverse=True)
    assert left[:7] == nights[:7]
    assert [moment.isoweekday() for moment in left[7:]] == [7, 7, 7]


def test_of_two_dumps_on_one_day_the_later_one_is_kept() -> None:
    assert kept([NOW, NOW + timedelta(hours=9)], 7, 4) == {NOW + timedelta(hours=9)}


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
    store.forget(days=1, weeks=1)
    assert len(list(store.dumps.iterdir())) == 3
    assert store.dump("newest").taken_at == NOW + timedelta(days=2)


def test_a_dump_that_was_broken_off_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.dumps.mkdir()
    (store.dumps / f"minitwit-{stamp(NOW)}.dump").touch()
    assert store.whole() == []


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, NOW, True),
        (NOW - timedelta(days=1), NOW, True),
        (NOW - timedelta(days=1), NOW - timedelta(minutes=1), False),
        (NOW, NOW + timedelta(hours=23), False),
        (NOW - timedelta(days=9), NOW - timedelta(hours=1), True),
    ],
)
def test_a_dump_is_due_once_a_day(last: datetime | None, now: datetime, due: bool) -> None:
    assert is_due(last, now, "03:00") == due


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
