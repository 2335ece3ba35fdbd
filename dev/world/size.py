"""How large a world is."""

from dataclasses import dataclass

from dev.trouble import Trouble


@dataclass(frozen=True)
class Size:
    people: int
    follows: int
    messages: int


SIZES = {
    "10k": Size(people=1_000, follows=15_000, messages=10_000),
    "1m": Size(people=100_000, follows=1_500_000, messages=1_000_000),
    "10m": Size(people=100_000, follows=1_500_000, messages=10_000_000),
}


def named(name: str) -> Size:
    if name not in SIZES:
        raise Trouble(f"SIZE={name} is no size; it is one of {', '.join(SIZES)}.")
    return SIZES[name]
