"""A small world in a real Postgres: consistent, open to new rows, and the same from a seed."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from nacl.pwhash import argon2id

from chassis import migrate
from dev.bench import scene
from dev.secrets import SCHEMAS
from dev.trouble import Trouble
from dev.world import __main__ as world
from dev.world import loading
from dev.world.loading import load
from dev.world.people import PROBES
from dev.world.schema import Schema
from dev.world.size import SIZES, Size, named

SMALL = Size(people=400, follows=3_000, messages=12_000)
TABLES = ("users.accounts", "followers.follows", "followers.counts", "messages.messages")
Rows = list[tuple[Any, ...]]
Ask = Callable[[str], Rows]


@pytest.fixture(scope="module")
def owners(database_urls: Any) -> dict[str, str]:
    return {name: database_urls[name].owner_url for name in SCHEMAS}


@pytest.fixture(scope="module")
def ask(database_urls: Any, owners: dict[str, str]) -> Iterator[Ask]:
    """Questions that no service could ask: across schemas."""
    url = database_urls["users"].admin_url.replace("+psycopg2", "", 1)
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:

        def query(sql: str) -> Rows:
            cursor.execute(sql)
            return cursor.fetchall()

        yield query
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    connection.close()


@pytest.fixture(scope="module")
def loaded(ask: Ask, owners: dict[str, str]) -> dict[str, Rows]:
    """What two loads from one seed made, each into empty tables."""
    made = []
    for _ in range(2):
        ask(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY CASCADE; SELECT 1")
        load(SMALL, 7, owners)
        made.append({table: ask(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES})
    first, second = ({t: _timeless(rows) for t, rows in each.items()} for each in made)
    assert first == second
    return second


def _timeless(rows: Rows) -> Rows:
    return [tuple(value for value in row if not hasattr(value, "tzinfo")) for row in rows]


def test_a_world_has_the_size_that_was_asked_for(loaded: dict[str, Rows]) -> None:
    assert len(loaded["users.accounts"]) == SMALL.people
    assert len(loaded["messages.messages"]) == SMALL.messages
    assert len(loaded["followers.follows"]) > SMALL.follows * 0.9
    assert list(SIZES) == ["10k", "1m", "10m"]
    with pytest.raises(Trouble, match="10k, 1m, 10m"):
        named("huge")


def test_everybody_can_sign_in_with_the_password_that_is_shown(ask: Ask) -> None:
    [(kept,)] = ask("SELECT DISTINCT password_hash FROM users.accounts")
    assert argon2id.verify(kept.encode(), loading.PASSWORD.encode())


@pytest.mark.usefixtures("loaded")
def test_names_and_counts_agree_between_the_schemas(ask: Ask) -> None:
    for role in ("follower", "followee"):
        assert not ask(f"""
            SELECT FROM followers.follows f LEFT JOIN users.accounts a
            ON (f.{role}_id, f.{role}_name) = (a.id, a.name) WHERE a.id IS NULL""")
    assert not ask("""
        SELECT FROM messages.messages m LEFT JOIN users.accounts a
        ON (m.author_id, m.author_name) = (a.id, a.name) WHERE a.id IS NULL""")
    counted = ask("""
        SELECT id, sum(followers), sum(followees) FROM (
            SELECT followee_id, 1, 0 FROM followers.follows
            UNION ALL SELECT follower_id, 0, 1 FROM followers.follows
        ) AS each (id, followers, followees) GROUP BY id ORDER BY id""")
    assert counted == ask("SELECT * FROM followers.counts ORDER BY 1")
    assert not ask("SELECT FROM followers.follows WHERE follower_id = followee_id")


@pytest.mark.usefixtures("loaded")
def test_the_next_rows_come_after_those_of_the_world(ask: Ask) -> None:
    for table in ("users.accounts", "followers.follows", "messages.messages"):
        [(following, highest)] = ask(
            f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')), max(id) FROM {table}"
        )
        assert following == highest + 1
    [(future, disordered)] = ask("""
        SELECT count(*) FILTER (WHERE published_at > now()), count(*) FILTER (WHERE early)
        FROM (SELECT published_at, published_at < lag(published_at) OVER (ORDER BY id) AS early
              FROM messages.messages) AS each""")
    assert (future, disordered) == (0, 0)


@pytest.mark.usefixtures("loaded")
def test_the_schemas_are_as_the_migrations_made_them(owners: dict[str, str]) -> None:
    for name, url in owners.items():
        migrate.check(migrate.folder_of(name), name, url)


@pytest.mark.usefixtures("loaded")
def test_probes_follow_as_their_names_say(ask: Ask) -> None:
    followed = dict(ask("""SELECT a.name, count(f.id) FROM users.accounts a
               LEFT JOIN followers.follows f ON f.follower_id = a.id GROUP BY a.name"""))
    everybody_else = SMALL.people - 1
    assert [followed[name] for name in PROBES] == [0, 15, 200, everybody_else, everybody_else]
    [(silent,)] = ask(f"""
        SELECT count(*) FROM followers.follows WHERE follower_name = '{PROBES[1]}' AND followee_id
        IN (SELECT author_id FROM messages.messages WHERE id > {SMALL.messages // 2})""")
    assert silent == 0


@pytest.mark.usefixtures("loaded")
def test_some_are_far_busier_and_far_more_popular_than_most(ask: Ask) -> None:
    for table, column in (
        ("messages.messages", "author_id"),
        ("followers.follows", "followee_id"),
    ):
        counts = [n for (n,) in ask(f"SELECT count(*) FROM {table} GROUP BY {column} ORDER BY 1")]
        assert counts[-1] > 8 * counts[len(counts) // 2]


@pytest.mark.usefixtures("loaded")
def test_a_world_is_as_after_vacuum(ask: Ask) -> None:
    """An index alone answers for pages known to hold what all may see; one in use may be passed."""
    assert not ask(f"""
        SELECT relname, relpages, relallvisible FROM pg_class
        WHERE oid = ANY(ARRAY{[*TABLES]}::regclass[]) AND relallvisible < relpages / 2""")


@pytest.mark.usefixtures("loaded")
def test_a_world_is_loaded_once(owners: dict[str, str]) -> None:
    with pytest.raises(Trouble, match="was loaded here"):
        load(SMALL, 7, owners)


@pytest.mark.usefixtures("loaded")
def test_what_was_posted_since_can_be_taken_out_of_a_world(
    ask: Ask, owners: dict[str, str]
) -> None:
    ask("""INSERT INTO messages.messages (author_id, author_name, text)
           SELECT 1, 'name', 'later' FROM generate_series(1, 3) RETURNING id""")
    with closing(Schema(owners["messages"])) as messages:
        messages.cut("messages.messages", SMALL.messages)
    rows = ask("SELECT count(*), count(*) FILTER (WHERE text = 'later') FROM messages.messages")
    assert rows == [(SMALL.messages, 0)]


def test_who_has_a_name_of_the_worlds_is_told(ask: Ask, owners: dict[str, str]) -> None:
    ask(f"TRUNCATE {', '.join(TABLES)} CASCADE; SELECT 1")
    load(SMALL, 7, owners)
    ask(f"DELETE FROM users.accounts WHERE name = ANY(ARRAY{[*PROBES]}) RETURNING id")
    with pytest.raises(Trouble, match="has a name of this world's"):
        load(SMALL, 7, owners)


def test_a_world_that_is_interrupted_is_none_and_the_bench_loads_it_anew(
    ask: Ask, owners: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C reaches whoever waits for COPY while it asks for more."""
    indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'messages' ORDER BY 1"
    ask(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY CASCADE; SELECT 1")
    before = ask(indexes)
    with monkeypatch.context() as patch:
        patch.setattr(loading, "talk", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load(SMALL, 7, owners)
    assert ask(indexes) == before
    with pytest.raises(Trouble, match="part of one"):
        load(SMALL, 7, owners)

    @contextmanager
    def started(folder: Path) -> Iterator[dict[str, Any]]:
        """The database goes with its folder."""
        if not folder.exists():
            folder.mkdir()
            ask(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY CASCADE; SELECT 1")
        files = {f"{name}_owner": folder / name for name in owners}
        for name, url in owners.items():
            (folder / name).write_text(url)
        yield {"database": files}

    monkeypatch.setattr(scene, "started", started)
    (tmp_path / "world").mkdir()
    for _ in range(2):
        with scene._filled(tmp_path / "world", SMALL):
            assert ask("SELECT count(*) FROM messages.messages") == [(SMALL.messages,)]


def interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


def test_a_seed_is_a_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEED", "x")
    assert world.main() == 1
    assert capsys.readouterr().err == "MiniTwit: SEED=x is no whole number.\n"


def test_who_interrupts_a_load_is_not_sent_back_to_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(world, "running_or", interrupted)
    assert world.main() == 130
    assert "load one into another STATE." in capsys.readouterr().err
