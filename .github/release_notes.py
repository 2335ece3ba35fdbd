"""Read CHANGELOG.md for a release: without arguments the newest version, with one its notes."""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"
# `## 1.2.0 (2026-11-22)`, also with brackets around the version or another sign before the date.
HEADING = re.compile(r"^## \[?v?(?P<version>\d+\.\d+\.\d+[^\s\]]*)\]?.*$", re.MULTILINE)


def sections(changelog: str) -> dict[str, str]:
    """The text below each version's heading, newest first; what is unreleased has no version."""
    found = list(HEADING.finditer(changelog))
    return {
        heading["version"]: re.split(r"^## ", changelog[heading.end() :], flags=re.MULTILINE)[
            0
        ].strip()
        for heading in found
    }


def main(arguments: list[str]) -> int:
    versions = sections(CHANGELOG.read_text(encoding="utf-8"))
    if not versions:
        sys.stderr.write("CHANGELOG.md names no version yet: give what is unreleased one.\n")
        return 1
    if not arguments:
        sys.stdout.write(f"{next(iter(versions))}\n")
        return 0
    notes = versions.get(arguments[0].removeprefix("v"))
    if not notes:
        sys.stderr.write(f"CHANGELOG.md says nothing about version {arguments[0]}.\n")
        return 1
    sys.stdout.write(f"{notes}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
