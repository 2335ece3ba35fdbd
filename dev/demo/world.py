"""The demo world: who lives in it, who follows whom, and what they have said when.

The same seed makes the same world; times are seconds before now.
"""

import re
import tomllib
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any
from unicodedata import normalize

MINUTE, DAY = 60, 86_400
DAYS = 30
OPENERS = 360
# How much is written in each hour of the day: little at night, most in the evening.
HOURS = (1, 1, 0, 0, 0, 1, 4, 9, 10, 7, 6, 6, 8, 7, 5, 5, 6, 8, 9, 11, 12, 11, 7, 3)
REPLIES = (0, 0, 0, 0, 1, 1, 1, 2)
LIKELY, UNLIKELY = 0.5, 0.06


@dataclass(frozen=True)
class Person:
    name: str
    topics: tuple[str, ...]

    @property
    def email(self) -> str:
        plain = normalize("NFKD", self.name.lower()).encode("ascii", "ignore").decode()
        return f"{plain.replace(' ', '.')}@people.example"


@dataclass(frozen=True)
class Said:
    author: str
    text: str
    seconds_ago: float
    flagged: bool = False


@dataclass(frozen=True)
class World:
    """`said` is in the order of time, the oldest first."""

    demo: Person
    people: list[Person]
    follows: list[tuple[str, str]]
    said: list[Said]


def load(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


def world(seed: int = 1) -> World:
    rng = Random(seed)
    listed = load("people")
    demo, spammer, *others = (
        Person(entry["name"], tuple(entry["topics"]))
        for entry in (listed["demo"], listed["spammer"], *listed["people"])
    )
    friends = [demo, *others]
    follows = [(a.name, b.name) for a in friends for b in friends if _follows(rng, a, b)]
    phrases = load("phrases")
    said = _talk(rng, friends, Phrases(rng, phrases))
    said += [Said(spammer.name, text, _moment(rng), flagged=True) for text in phrases["spam"]]
    said.sort(key=lambda message: -message.seconds_ago)
    return World(demo, [*friends, spammer], follows, said)


def _follows(rng: Random, follower: Person, followee: Person) -> bool:
    shared = set(follower.topics) & set(followee.topics)
    return follower != followee and rng.random() < (LIKELY if shared else UNLIKELY)


class Phrases:
    """Deals out sentences in rotation: none is repeated before all of its kind were used."""

    def __init__(self, rng: Random, phrases: dict[str, Any]) -> None:
        self._rng = rng
        self._phrases = phrases
        self._circles = {
            (topic, kind): cycle(rng.sample(sentences, len(sentences)))
            for topic, kinds in phrases["topics"].items()
            for kind, sentences in kinds.items()
        }

    def deal(self, topic: str, kind: str, chosen: dict[str, str]) -> str:
        """The next sentence; `chosen` has this conversation's words by slot, and is added to."""
        return self._fill(next(self._circles[topic, kind]), chosen)

    def _fill(self, sentence: str, chosen: dict[str, str]) -> str:
        for slot in re.findall(r"{(\w+)}", sentence):
            options = self._phrases["slots"][slot.partition("_")[0]]
            left = [option for option in options if option not in chosen.values()]
            chosen.setdefault(slot, self._rng.choice(left))
        return sentence.format_map(chosen)


def _talk(rng: Random, friends: list[Person], phrases: Phrases) -> list[Said]:
    """The messages, made in order of time, so that no sentence appears twice on a page."""
    said: list[Said] = []
    for ago in sorted((_moment(rng) for _ in range(OPENERS)), reverse=True):
        author = rng.choice(friends)
        topic = rng.choice(author.topics)
        chosen: dict[str, str] = {}
        said.append(Said(author.name, _upper(phrases.deal(topic, "says", chosen)), ago))
        interested = [one for one in friends if topic in one.topics and one != author]
        for other in rng.sample(interested, rng.choice(REPLIES)):
            reply = f"@{author.name} {phrases.deal(topic, 'replies', chosen)}"
            later = min(rng.uniform(2 * MINUTE, 180 * MINUTE), ago * rng.uniform(0.2, 0.9))
            said.append(Said(other.name, reply, ago - later))
    return said


def _moment(rng: Random) -> float:
    """Seconds ago; the hours are those of a day that ends now, and the last hour is not empty."""
    if rng.random() < 0.015:
        return rng.uniform(60, 3600)
    (hour,) = rng.choices(range(24), weights=HOURS)
    return rng.randrange(DAYS) * DAY + DAY - (hour + rng.random()) * DAY / 24


def _upper(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
