"""Tell a pipeline what a push or a pull request touches, so that it does that work and no more.

BASE is the commit to compare HEAD with. Printed, and appended to GITHUB_OUTPUT if that is set:
`tests`, `images` and `services` (JSON lists for a matrix), `contracts`, `e2e` and `stack` (true or
false).
What is not known is taken for a change of everything: too much is tested, never too little.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

SERVICES = ("users", "messages", "followers", "web")
IMAGES = (*SERVICES, "gateway")
PARTS = ("chassis", *SERVICES, "gateway", "dev")
EVERYTHING = {*PARTS, "contracts", "e2e", "stack"}
# What a change below a folder can break. A change of anything else (the chassis, dev, the tools'
# settings, a file that nobody thought of) can break everything.
BREAKS = {
    **{f"services/{name}/": (name, "contracts", "e2e") for name in SERVICES},
    # A change of what all run with is seen in each service's own lock too.
    "dev/requirements.txt": ("dev", "e2e"),
    "gateway/": ("gateway", "e2e"),
    "tests/contracts/": ("contracts",),
    "tests/e2e/": ("e2e",),
    "tests/browser/": ("e2e",),
    "tests/logs/": ("e2e",),
    "tests/metrics/": ("e2e",),
    "tests/images/": ("stack",),
    # What turns the gateway's and Postgres' log into JSON lines, and what takes every line.
    "infra/logs/relay/": ("gateway", "dev", "e2e", "stack"),
    **{
        f"infra/{name}/": ("e2e", "stack")
        for name in ("elasticsearch", "filebeat", "kibana", "prometheus", "alertmanager", "grafana")
    },
    # dev/backup.py is made of them.
    "infra/backup/": ("dev", "stack"),
    "infra/trouble.py": ("dev", "stack"),
    "infra/": ("stack",),
    "docker-stack": ("stack",),
    "compose.yaml": ("stack",),
}
# Read by people or by what runs always (lint, and the tests of the repository itself).
WORDS = (".github/", "docs/", "tests/repo/", "LICENSE", ".gitignore")
PIPELINE = (".github/changed.py", ".github/workflows/ci.yml")


def changed_files(base: str) -> list[str] | None:
    """The paths that differ between the two commits, or None if there is nothing to compare."""
    done = subprocess.run(
        ["git", "diff", "--name-only", "--no-renames", base, "HEAD", "--"],
        capture_output=True,
        text=True,
    )
    return None if done.returncode else done.stdout.splitlines()


def touched(path: str) -> set[str]:
    """Parts that a change of this file can break: names of PARTS, "contracts", "e2e", "stack"."""
    if path in PIPELINE:
        return EVERYTHING
    if path.endswith(".md") or path.startswith(WORDS):
        return set()
    return next(
        (set(parts) for start, parts in BREAKS.items() if path.startswith(start)), EVERYTHING
    )


def outputs(files: Iterable[str] | None) -> dict[str, str]:
    """What the pipeline reads, by name."""
    parts = EVERYTHING if files is None else set().union(*map(touched, files))
    values: dict[str, object] = {name: name in parts for name in ("contracts", "e2e", "stack")}
    values["tests"] = [part for part in PARTS if part in parts]
    values["images"] = [image for image in IMAGES if image in parts]
    values["services"] = [service for service in SERVICES if service in parts]
    return {name: json.dumps(value) for name, value in values.items()}


def main() -> None:
    base = os.environ.get("BASE")
    files = changed_files(base) if base else None
    lines = [f"{name}={value}\n" for name, value in outputs(files).items()]
    sys.stdout.writelines(lines)
    with Path(os.environ.get("GITHUB_OUTPUT", os.devnull)).open("a") as file:
        file.writelines(lines)


if __name__ == "__main__":
    main()
