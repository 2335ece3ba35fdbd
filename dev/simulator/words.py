"""The words that scenarios are made of: names of many languages, sentences like an old novel's."""

import tomllib
from pathlib import Path
from random import Random
from string import ascii_letters, digits, punctuation

from dev.trouble import Trouble

WORDS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)
PLACES = ("gmail.example", "hotmail.example", "itu.example", "dtu.example", "ku.example")


def seed(text: str) -> int:
    """The number that SEED names."""
    try:
        return int(text)
    except ValueError:
        raise Trouble(f"SEED={text} is no whole number.") from None


def full_names(rng: Random, count: int) -> list[str]:
    """Names that differ, some in scripts that are not Latin."""
    made = [f"{given} {family}" for given in WORDS["given"] for family in WORDS["family"]]
    if count > len(made):
        raise Trouble(f"There are not more than {len(made)} names.")
    names = [*WORDS["whole"], *rng.sample(made, count)][:count]
    rng.shuffle(names)
    return names


def email(rng: Random, name: str) -> str:
    return f"{name.replace(' ', rng.choice('+.-_'))}@{rng.choice(PLACES)}"


def password(rng: Random) -> str:
    return "".join(rng.choices(punctuation + ascii_letters + digits, k=rng.randint(4, 9)))


def text(rng: Random) -> str:
    """One sentence of at most 140 characters."""
    who, did, when, said = (rng.choice(WORDS[part]) for part in ("who", "did", "when", "said"))
    shape = rng.randrange(5)
    if shape == 0:
        return f"{said} said {who}, who {did}."
    if shape == 1:
        return f"{when.capitalize()}, {who} {did}—and that was all."
    if shape == 2:
        return f"{who[0].upper()}{who[1:]} {did} {when}."
    if shape == 3:
        return f"{said} whispered {who} {when}…"
    return f"Why, then, was it that {who} {did} {when}?"


def long_text(rng: Random, length: int) -> str:
    return "".join(rng.choices(ascii_letters + digits, k=length))
