"""What was said, by whom and when: in blocks, so that any number of messages fits in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from dev.world.people import People

BLOCK = 5_000
DAYS = 60
# The share of all messages after which the silent ones fell silent.
YOUNG = 0.02
# One message in so many is hidden.
FLAGGED = 1_000


@dataclass(frozen=True)
class Block:
    """Consecutive messages; a message's place in the world is `first` and its place in here."""

    first: int
    authors: list[int]
    texts: list[str]
    moments: list[str]

    def flags(self) -> list[bool]:
        return [(self.first + n) % FLAGGED == FLAGGED - 1 for n in range(len(self.authors))]


def talk(
    rng: Random, people: People, sentences: Sequence[str], messages: int, end: datetime
) -> Iterator[Block]:
    """`messages` messages in the order of time, the newest at `end`."""
    everybody = range(len(people))
    step = timedelta(days=DAYS).total_seconds() / messages
    start = end.timestamp() - step * (messages - 1)
    for first in range(0, messages, BLOCK):
        size = min(BLOCK, messages - first)
        weights = people.young if first < YOUNG * messages else people.active
        yield Block(
            first,
            rng.choices(everybody, cum_weights=weights, k=size),
            rng.choices(sentences, k=size),
            [_moment(start + step * n) for n in range(first, first + size)],
        )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
