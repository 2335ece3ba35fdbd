"""Make `.venv` and fill it from the hashed lock files; does nothing when that is done already.

What runs in it finds the chassis, wherever it is started.

Run by whatever `python3` the machine has, so it uses the standard library alone; `make` has refused
too old ones by then.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CHASSIS = ROOT / "chassis"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
LOCKS = {"run": "dev/requirements.txt", "tests": "tests/requirements.txt"}
# Settings that would make pip install elsewhere than into .venv.
MISLEADING = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_ROOT")


class Failure(Exception):
    """Something the user can fix; its text is the one line they see."""


def check_machine() -> None:
    if sys.platform != "linux":
        hint = "elsewhere compose.yaml runs it in containers"
        raise Failure(f"Linux is needed; this is {sys.platform} ({hint}).")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        hint = "on Debian and Ubuntu: apt install python3-venv"
        raise Failure(f"{sys.executable} lacks the venv module ({hint}).") from None


def fingerprint(lock: str) -> str:
    """A hash that changes with the lock file, the Python and this clone's path."""
    content = (ROOT / lock).read_bytes()
    facts = f"{sys.version}\n{sys.base_prefix}\n{VENV}\n".encode()
    return hashlib.sha256(facts + content).hexdigest()


def stamp(name: str) -> Path:
    return VENV / f".installed-{name}"


def installed(name: str) -> bool:
    try:
        return PYTHON.exists() and stamp(name).read_text() == fingerprint(LOCKS[name])
    except FileNotFoundError:
        return False


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in MISLEADING}


def make_venv() -> None:
    """Make .venv, also if there is one whose Python is gone or has changed."""
    mark = VENV / ".made-by"
    made_by = f"{sys.version}\n{VENV}"
    if PYTHON.exists() and mark.exists() and mark.read_text() == made_by:
        return
    empty_venv()
    command = [sys.executable, "-m", "venv", str(VENV)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise Failure(f"Could not create .venv: {reason[-1]}")
    mark.write_text(made_by)


def path_file() -> Path:
    """What adds the chassis to the path of .venv's Python."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV)})) / "minitwit.pth"


def finds_chassis() -> bool:
    file = path_file()
    return file.exists() and file.read_text() == f"{CHASSIS}\n"


def empty_venv() -> None:
    """Remove everything but the lock that this process holds."""
    for child in VENV.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        elif child.name != ".lock":
            child.unlink()


def install(name: str) -> None:
    lock = ROOT / LOCKS[name]
    total = sum(line[:1].isalnum() for line in lock.read_text().splitlines())
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    say(f"Installing {total} packages into .venv; the first time this takes about a minute.")
    with LOG.open("w") as log:
        process = subprocess.Popen(
            command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        last_error = follow(process, log, total)
    if process.wait():
        raise Failure(f"Installing failed: {last_error} pip's whole output is in {LOG}.")
    stamp(name).write_text(fingerprint(LOCKS[name]))


def follow(process: subprocess.Popen[str], log, total: int) -> str:  # type: ignore[no-untyped-def]
    """Copy pip's output to the log, show how far it is, return the first error it names."""
    error = ""
    seen = 0
    for line in process.stdout or ():
        log.write(line)
        if "Retrying (" in line:
            error = "the package index can't be reached."
        elif line.startswith("ERROR:"):
            error = error or line.removeprefix("ERROR:").strip().rstrip(".") + "."
        elif line.startswith(("Collecting", "Requirement already")):
            seen += 1
            progress(f"  {seen} of {total} fetched")
        elif line.startswith("Installing collected"):
            progress(f"  {total} of {total} fetched; unpacking")
    progress("")
    return error or "pip gave no reason."


def progress(text: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)


def say(text: str) -> None:
    print(text, flush=True)


def prepare(names: list[str]) -> None:
    check_machine()
    if all(map(installed, names)) and finds_chassis():
        return
    VENV.mkdir(exist_ok=True)
    with (VENV / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process is filling .venv; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        make_venv()
        path_file().write_text(f"{CHASSIS}\n")
        for name in names:
            if not installed(name):
                install(name)


def main(arguments: list[str]) -> int:
    """`bootstrap.py` installs what running needs, `bootstrap.py tests` also what tests need."""
    try:
        prepare(["run", *arguments])
    except Failure as failure:
        print(f"MiniTwit: {failure}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"MiniTwit: could not prepare .venv: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nMiniTwit: stopped while preparing .venv; run it again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
