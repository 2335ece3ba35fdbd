"""`make adjacent SERVICE=messages`: run the end-to-end suite with one service's old version.

During a deploy, a service's old version serves beside the new versions of the others, and on its
new schema. OLD names the commit of the old version; without it, or if it is all zeros (Git's way
to say that there is none), it is the one before the service's newest change, committed or not.
Arguments are passed to pytest.
"""

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dev.clone import git
from dev.journal import show
from dev.services import NAMES, ROOT
from dev.system import exit_status
from dev.trouble import Trouble

SUITE = "tests/e2e"


def main() -> int:
    return exit_status(run)


def run() -> int:
    """Run the suite; returns pytest's exit status. Trouble if it can't run."""
    name, old = os.environ.get("SERVICE", ""), os.environ.get("OLD", "")
    if name not in NAMES:
        raise Trouble(f"SERVICE must be one of {', '.join(NAMES)}.")
    commit = old if old.strip("0") else before_newest_change(name)
    if not git("ls-tree", commit, f"services/{name}"):
        show(f"{name} is new: it has no old version to serve beside the others.")
        return 0
    show(f"{name} of {git('log', '-1', '--format=%h %s', commit).decode().strip()}")
    with TemporaryDirectory() as folder:
        export(commit, name, Path(folder))
        return run_suite(name, Path(folder), sys.argv[1:])


def parts(name: str) -> tuple[str, str]:
    """What a service's process is made of."""
    return "chassis", f"services/{name}"


def before_newest_change(name: str) -> str:
    if git("status", "--porcelain", "--", *parts(name)):
        return "HEAD"
    changed = git("log", "-1", "--format=%H", "--", *parts(name)).decode().strip()
    return f"{changed}^"


def export(commit: str, name: str, folder: Path) -> None:
    """Extract the service's code of that commit, readable for any user who runs the system."""
    archive = git("archive", commit, *parts(name))
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        # Debian 12's Python is older than the filters; the archive is this repository's own.
        safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        files.extractall(folder, **safely)  # noqa: S202
    folder.chmod(0o755)


def run_suite(name: str, folder: Path, arguments: list[str]) -> int:
    told = os.environ | {f"{name.upper()}_FROM": str(folder)}
    command = [sys.executable, "-m", "pytest", SUITE, *arguments]
    return subprocess.run(command, cwd=ROOT, env=told).returncode


if __name__ == "__main__":
    sys.exit(main())
