"""Loads a world into the three schemas, each by its own owner; no statement uses two of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import TypeVar

from dev.progress import bar
from dev.simulator import words
from dev.trouble import Trouble
from dev.world.graph import Graph, graph
from dev.world.people import PROBES, People, people
from dev.world.schema import Schema, escaped
from dev.world.size import Size
from dev.world.talk import talk

PASSWORD = "everybody's password"  # noqa: S105
# argon2id, made as users makes them.
PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$dGhlIHNhbWUgZm9yIGFsbA"  # noqa: S105
PASSWORD_HASH += "$Qi7TYOYkDF8bV+Nm/dOssm0Hg6BD4+YXd2S1EHVDDR8"
SENTENCES = 5_000
ROWS = 5_000
T = TypeVar("T")


def load(size: Size, seed: int, owners: Mapping[str, str]) -> None:
    """Load a world; `owners` are the URLs of the schemas' owners. Trouble if one was begun here."""
    schemas = {name: Schema(url) for name, url in owners.items()}
    rng = Random(seed)
    try:
        if schemas["users"].has("users.accounts", "name", PROBES[0]):
            raise Trouble("A world, or part of one, was loaded here; choose another STATE.")
        crowd = people(rng, size.people)
        first_id = _accounts(schemas["users"], crowd)
        # Escaped once for both uses, so that they are in memory only once more.
        names = [escaped(name) for name in crowd.names]
        _follows(schemas["followers"], graph(rng, crowd, size.follows), names, first_id)
        _messages(schemas["messages"], rng, crowd, names, first_id, size.messages)
    finally:
        for schema in schemas.values():
            schema.close()


def _accounts(schema: Schema, crowd: People) -> int:
    """Load accounts; returns the first id. All share a hash: one for each takes an hour."""
    first_id = schema.take_ids("users.accounts", len(crowd))
    with bar(len(crowd), "people", "people") as progress:

        def pieces() -> Iterator[str]:
            for block in blocks(list(enumerate(crowd.names, first_id))):
                yield "".join(
                    f"{id_}\t{escaped(name)}\tperson{id_}@world.example\t{PASSWORD_HASH}\n"
                    for id_, name in block
                )
                progress.update(len(block))

        schema.copy("users.accounts", "id, name, email, password_hash", pieces())
    schema.settle("users.accounts")
    return first_id


def _follows(schema: Schema, follows: Graph, names: Sequence[str], first_id: int) -> None:
    first_follow = schema.take_ids("followers.follows", len(follows))
    with bar(len(follows), "follows", "follows") as progress:

        def pieces() -> Iterator[str]:
            numbered = enumerate(follows.pairs(), first_follow)
            while block := list(islice(numbered, ROWS)):
                yield "".join(
                    f"{id_}\t{first_id + a}\t{names[a]}\t{first_id + b}\t{names[b]}\n"
                    for id_, (a, b) in block
                )
                progress.update(len(block))

        columns = "id, follower_id, follower_name, followee_id, followee_name"
        with schema.without_indexes("followers.follows"):
            schema.copy("followers.follows", columns, pieces())
    counted = (f"{first_id + person}\t{a}\t{b}\n" for person, a, b in follows.counts())
    schema.copy("followers.counts", "account_id, followers, followees", counted)
    schema.settle("followers.follows", "followers.counts")


def _messages(
    schema: Schema, rng: Random, crowd: People, names: Sequence[str], first_id: int, count: int
) -> None:
    first_message = schema.take_ids("messages.messages", count)
    sentences = [escaped(words.text(rng)) for _ in range(SENTENCES)]
    with bar(count, "messages", "messages") as progress:

        def pieces() -> Iterator[str]:
            for block in talk(rng, crowd, sentences, count, datetime.now(UTC)):
                rows = zip(block.authors, block.texts, block.moments, block.flags(), strict=True)
                yield "".join(
                    f"{id_}\t{first_id + author}\t{names[author]}\t{text}\t{moment}\t{flagged}\n"
                    for id_, (author, text, moment, flagged) in enumerate(
                        rows, first_message + block.first
                    )
                )
                progress.update(len(block.authors))

        columns = "id, author_id, author_name, text, published_at, flagged"
        with schema.without_indexes("messages.messages"):
            schema.copy("messages.messages", columns, pieces())
    schema.settle("messages.messages")


def blocks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), ROWS):
        yield items[start : start + ROWS]
