"""The people of a world: their names, how often they post, how many follow them.

Everybody is a number from 0 on. The first few are probes, named after whom they follow, so that
measurements can ask for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from dev.simulator.words import WORDS

# How many people each probe follows; of the silent ones, as many as its name says.
FOLLOWING = {
    "Follows Nobody": 0,
    "Follows 15 Silent": 15,
    "Follows 200": 200,
    "Follows 1000": 1_000,
    "Follows 5000": 5_000,
}
PROBES = tuple(FOLLOWING)
FOLLOWS_SILENT = PROBES.index("Follows 15 Silent")
# One in so many has not written since the world was young.
SILENT = 10
# Of a thousand people the busiest ten write, and have, about a third of everything.
SKEW, EVENNESS = 0.9, 5


@dataclass(frozen=True)
class People:
    """Names, and cumulative weights for `random.choices`; `young` is when all still wrote."""

    names: Sequence[str]
    young: Sequence[float]
    active: Sequence[float]
    popular: Sequence[float]

    def __len__(self) -> int:
        return len(self.names)


def people(rng: Random, count: int) -> People:
    """`count` people, the probes among them."""
    activity = _weights(rng, count)
    return People(
        names=[*PROBES, *_names(rng, count - len(PROBES))],
        young=list(accumulate(activity)),
        active=list(accumulate(0.0 if is_silent(n) else each for n, each in enumerate(activity))),
        popular=list(accumulate(_weights(rng, count))),
    )


def is_silent(number: int) -> bool:
    return number >= len(PROBES) and number % SILENT == 0


def silent(count: int) -> list[int]:
    return [number for number in range(count) if is_silent(number)]


def _weights(rng: Random, count: int) -> list[float]:
    """Zipf's law, dealt out by chance."""
    weights = [(rank + EVENNESS) ** -SKEW for rank in range(count)]
    rng.shuffle(weights)
    return weights


def _names(rng: Random, count: int) -> list[str]:
    """Names that differ, as the simulator's people have them; numbered once they run out."""
    made = [f"{given} {family}" for given in WORDS["given"] for family in WORDS["family"]]
    rng.shuffle(made)
    rounds, rest = divmod(count, len(made))
    numbered = [f"{name} {turn}" for turn in range(2, rounds + 1) for name in made]
    last = [name if not rounds else f"{name} {rounds + 1}" for name in made[:rest]]
    return [*(made if rounds else []), *numbered, *last]
