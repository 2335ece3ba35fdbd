"""A scenario made up from a seed, of the mix, the size and the shape of the course's.

People come mostly at the start, write at once, and follow later on; only those who have
registered before act or are followed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from zlib import crc32

from dev.simulator import words
from dev.simulator.actions import FOLLOW, REGISTER, TWEET, UNFOLLOW, Action

# How early each kind comes: positions are a uniform 0..1 to this power. The course's first
# 1,000 of 25,922 actions hold 85 of the 200 registers and 54 of the 9,751 follows.
EARLINESS = {REGISTER: 4.0, TWEET: 1.3, FOLLOW: 0.7, UNFOLLOW: 0.5}
FOLLOWED_BEFORE = 0.9
LONG_TEXT = 8000


@dataclass(frozen=True)
class Mix:
    register: int = 200
    tweet: int = 11_306
    follow: int = 9_751
    unfollow: int = 4_665

    def scaled(self, share: float) -> "Mix":
        """At least two people, so that there is somebody to follow."""
        others = (round(share * n) for n in (self.tweet, self.follow, self.unfollow))
        return Mix(max(2, round(share * self.register)), *others)

    def counts(self) -> dict[str, int]:
        return {
            REGISTER: self.register,
            TWEET: self.tweet,
            FOLLOW: self.follow,
            UNFOLLOW: self.unfollow,
        }


def scenario(seed: int, names: str = "", mix: Mix | None = None) -> list[Action]:
    """The same arguments give the same actions. `names` is added to every name, and like the
    seed it moves the ids, so that of two runs at once each can tell its own `latest`."""
    mix = mix or Mix()
    rng = Random(seed)
    people = [f"{name} {names}".strip() for name in words.full_names(rng, mix.register)]
    made = _Maker(rng, people, first_id(seed, names))
    return [made.action(kind) for kind in order(rng, mix)]


def first_id(seed: int, names: str) -> int:
    """The id of the first action: whole millions, below 2^31."""
    return 1_000_000 * (1 + crc32(f"{seed} {names}".encode()) % 2000)


def order(rng: Random, mix: Mix) -> Iterator[str]:
    """The kinds of the actions; the first two are registers."""
    kinds = mix.counts()
    kinds[REGISTER] -= 2
    placed = [(rng.random() ** EARLINESS[kind], kind) for kind in kinds for _ in range(kinds[kind])]
    yield from (REGISTER, REGISTER)
    yield from (kind for _, kind in sorted(placed))


class _Maker:
    """Fills in who acts, and on whom; remembers who has registered and who follows whom."""

    def __init__(self, rng: Random, people: list[str], first: int) -> None:
        self._rng = rng
        self._coming = iter(people)
        self._there: list[str] = []
        self._follows: list[tuple[str, str]] = []
        self._next_id = first
        self._long_text_due = True

    def action(self, kind: str) -> Action:
        number, self._next_id = self._next_id, self._next_id + 1
        if kind == REGISTER:
            return self._register(number)
        if kind == TWEET:
            return Action(number, kind, self._somebody(), self._text())
        name, target = self._pair(kind)
        return Action(number, kind, name, target)

    def _register(self, number: int) -> Action:
        name = next(self._coming)
        self._there.append(name)
        email, password = words.email(self._rng, name), words.password(self._rng)
        return Action(number, REGISTER, name, email, password)

    def _somebody(self) -> str:
        """Somebody who has registered; some are busier than others."""
        return self._there[int(len(self._there) * self._rng.random() ** 1.5)]

    def _text(self) -> str:
        if self._long_text_due:
            self._long_text_due = False
            return words.long_text(self._rng, LONG_TEXT)
        return words.text(self._rng)

    def _pair(self, kind: str) -> tuple[str, str]:
        if kind == UNFOLLOW and self._follows and self._rng.random() < FOLLOWED_BEFORE:
            return self._take_follow()
        name, target = self._somebody(), self._somebody()
        while target == name:
            target = self._rng.choice(self._there)
        if kind == FOLLOW:
            self._follows.append((name, target))
        return name, target

    def _take_follow(self) -> tuple[str, str]:
        at = self._rng.randrange(len(self._follows))
        self._follows[at], self._follows[-1] = self._follows[-1], self._follows[at]
        return self._follows.pop()
