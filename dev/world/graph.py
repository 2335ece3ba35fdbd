"""Who follows whom: a few are followed by very many, and a few follow thousands."""

from array import array
from collections import Counter
from dataclasses import dataclass
from random import Random

from dev.world.people import FOLLOWING, FOLLOWS_SILENT, PROBES, People, silent

# The spread of a log-normal distribution: most follow a handful, one in 100,000 some thousand.
SPREAD = 1.4


@dataclass(frozen=True)
class Graph:
    """Follows in the order in which they began, each packed into one number."""

    people: int
    packed: "array[int]"

    def __len__(self) -> int:
        return len(self.packed)

    def pairs(self) -> "zip[tuple[int, int]]":
        """Follower and followee."""
        followers = (each // self.people for each in self.packed)
        return zip(followers, (each % self.people for each in self.packed), strict=True)

    def counts(self) -> list[tuple[int, int, int]]:
        """Person, how many follow them, how many they follow; those with neither are left out."""
        followees = Counter(follower for follower, _ in self.pairs())
        followers = Counter(followee for _, followee in self.pairs())
        known = sorted(followers.keys() | followees.keys())
        return [(person, followers[person], followees[person]) for person in known]


def graph(rng: Random, people: People, follows: int) -> Graph:
    """About `follows` follows; nobody follows anybody twice, or themself."""
    packed = array("Q")
    for person, wanted in enumerate(_wanted(rng, len(people), follows)):
        packed.extend(person * len(people) + each for each in _chosen(rng, people, person, wanted))
    rng.shuffle(packed)
    return Graph(len(people), packed)


def _wanted(rng: Random, count: int, follows: int) -> list[int]:
    """How many everybody follows, but never more than a third of all."""
    drawn = [rng.lognormvariate(0, SPREAD) for _ in range(count)]
    scale = follows / sum(drawn)
    wanted = [min(round(scale * each), count // 3) for each in drawn]
    for probe, name in enumerate(PROBES):
        wanted[probe] = min(FOLLOWING[name], count - 1)
    return wanted


def _chosen(rng: Random, people: People, person: int, wanted: int) -> list[int]:
    everybody = range(len(people))
    if person == FOLLOWS_SILENT:
        return silent(len(people))[:wanted]
    drawn = rng.choices(everybody, cum_weights=people.popular, k=2 * wanted) if wanted else []
    chosen = [each for each in dict.fromkeys(drawn) if each != person][:wanted]
    if len(chosen) < wanted:  # the popular ones were drawn again and again
        others = set(everybody).difference(chosen, [person])
        chosen += rng.sample(sorted(others), wanted - len(chosen))
    return chosen
