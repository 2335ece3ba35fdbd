"""Lock files: hashed, in agreement, and free of addresses."""

import re
from itertools import combinations
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted([*ROOT.glob("*/requirements.txt"), *ROOT.glob("[!.]*/*/requirements.txt")])
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+?)(?: ;.*)? \\$", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return dict(PIN.findall(path.read_text(encoding="utf-8")))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", LOCKS, ids=name)
def test_each_pin_has_hashes_and_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert pins(path)
    assert "://" not in text
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize(("one", "other"), list(combinations(LOCKS, 2)), ids=name)
def test_two_locks_agree_on_what_they_share(one: Path, other: Path) -> None:
    """All services fit in one process of the tests."""
    ours, theirs = pins(one), pins(other)
    assert {key for key in ours.keys() & theirs.keys() if ours[key] != theirs[key]} == set()
