"""Names of people, as they stand in URLs."""

import unicodedata
from urllib.parse import quote

LONGEST = 100


def is_possible(name: str) -> bool:
    """Whether anybody can be called so: what is never registered needs no asking.

    It keeps "." and ".." out of the paths of calls, where they would mean another path.
    """
    return (
        0 < len(name) <= LONGEST
        and name not in (".", "..")
        and not any(unicodedata.category(letter) == "Cc" for letter in name)
    )


def quoted(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")
