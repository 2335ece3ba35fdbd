"""`make images`, `make images SERVICE=users`: build what changed, and push it if REGISTRY is set.

An image is tagged VERSION-COMMIT, where the commit is the last one that touched its sources. So
commits elsewhere leave it alone, and it is built once, and once more when a release gives the
change a version. With uncommitted changes, a hash of all its sources is added:
VERSION-COMMIT-changed-HASH.
"""

import hashlib
import os
import re
import subprocess
import sys
import time

from infra.swarm.docker import ROOT, DockerFailed, docker, exit_status, inspect, run, say
from infra.swarm.settings import Settings, parts, read
from infra.trouble import Trouble

LAST_LINES = 30
CHANGELOG = "CHANGELOG.md"
UNRELEASED = "0.0.0"
CHANGED = "-changed-"
CHASSIS = ("chassis/chassis", ".dockerignore")
TOOLS = (*CHASSIS, "infra/__init__.py", "infra/trouble.py")
FOLDERS = {"gateway": "gateway", "backup": "infra/backup", "logs": "infra/logs"}


def main() -> None:
    settings = read()
    for part in parts():
        image(settings, part)


def image(settings: Settings, part: str) -> str:
    """Build a part's image if need be; returns the reference to deploy it by.

    With a registry it is pushed there, and the reference has its digest. USERS_IMAGE and so on
    name an image that was built elsewhere.
    """
    given = os.environ.get(f"{part.upper()}_IMAGE")
    if given:
        return pinned(given)
    wanted = tag(settings, part)
    started = time.monotonic()
    news = "unchanged"
    if not _is_there(settings, wanted):
        say(f"  {part:<10} building …")
        build(part, wanted)
        news = f"built in {time.monotonic() - started:.0f} s"
    megabytes = inspect("image", wanted)[0]["Size"] / 1e6
    say(f"  {part:<10} {wanted}  {megabytes:.0f} MB, {news}")
    return push(wanted) if settings.registry else wanted


def tag(settings: Settings, part: str) -> str:
    """REGISTRY/users:VERSION-COMMIT"""
    repository = f"{settings.registry or 'minitwit'}/{part}"
    return f"{repository}:{version(part)}-{_short(commit(part))}"


def version(part: str) -> str:
    """VERSION, or the first release in CHANGELOG.md that has the part as it is now.

    A part that has changed since the newest release has after-1.2.0.
    """
    if named := os.environ.get("VERSION"):
        return named
    if _git("rev-parse", "--is-shallow-repository") == "true":
        raise Trouble("This clone has no history to name images by; `git fetch --unshallow`.")
    now = releases((ROOT / CHANGELOG).read_text(encoding="utf-8"))
    # A branch counts from its merge, whatever it began with.
    changed = _git("log", "-1", "--first-parent", "--format=%H", "--", *sources(part))
    before = releases(_earlier_changelog(changed))
    newer = [release for release in now if release not in before]
    return newer[-1] if newer else f"after-{now[0]}" if now else UNRELEASED


def _earlier_changelog(commit: str) -> str:
    """CHANGELOG.md as it was before a commit; empty if it, or anything, was not there yet."""
    place = f"{commit}^:{CHANGELOG}" if commit else ""
    return _git("show", place) if place and _knows(place) else ""


def releases(changelog: str) -> list[str]:
    """The versions that have a heading, newest first; as .github/release_notes.py reads it."""
    return re.findall(r"^## \[?v?(\d+\.\d+\.\d+[^\s\]]*)", changelog, re.MULTILINE)


def commit(part: str) -> str:
    """The last commit that touched a part's sources, with a hash if they have changed since."""
    last = _git("log", "-1", "--format=%H", "--", *sources(part)) or "unknown"
    return f"{last}{CHANGED}{_content(part)}" if changes(part) else last


def sources(part: str) -> list[str]:
    """What a part's image is made of, as git's pathspecs."""
    if part == "gateway":
        return ["gateway", ":!gateway/tests", "infra/logs/relay", ":!*/README.md"]
    if part == "backup":
        lock = "services/users/requirements.txt"
        return ["infra/backup", ":!infra/backup/tests", lock, *TOOLS]
    if part == "logs":
        kibana = ["infra/elasticsearch", "infra/kibana/objects.ndjson"]
        others = ("tests", "relay", "proof", "pyproject.toml")
        left_out = [f":!infra/logs/{name}" for name in others]
        return ["infra/logs", *left_out, *kibana, *TOOLS]
    files = ("Dockerfile", "requirements.txt", part, "migrations")
    return [*CHASSIS, *(f"services/{part}/{file}" for file in files)]


def changes(part: str) -> bool:
    """Whether a part's sources have uncommitted changes."""
    return bool(_git("status", "--porcelain", "--", *sources(part)))


def _content(part: str) -> str:
    """A hash of a part's sources as they are in this folder."""
    options = ("-z", "--cached", "--others", "--exclude-standard")
    content = hashlib.sha256()
    for name in sorted(set(_git("ls-files", *options, "--", *sources(part)).split("\0"))):
        if (file := ROOT / name).is_file():
            facts = file.stat()
            content.update(f"{name} {facts.st_mode} {facts.st_size}\n".encode())
            content.update(file.read_bytes())
    return content.hexdigest()[:12]


def build(part: str, name: str) -> None:
    folder = FOLDERS.get(part, f"services/{part}")
    arguments = {
        "VERSION": version(part),
        "COMMIT": commit(part),
        # The commit's time, so that the same commit always makes the same image.
        "BUILT_AT": _git("log", "-1", "--format=%cI", "--", *sources(part)) or "unknown",
    }
    command = ["build", "--tag", name, "--file", f"{folder}/Dockerfile"]
    for key, value in arguments.items():
        command += ["--build-arg", f"{key}={value}"]
    if network := os.environ.get("BUILD_NETWORK"):
        command += ["--network", network]
    done = run(*command, ".")
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
        raise Trouble(f"The image of {part} could not be built:\n{tail}")


def push(name: str) -> str:
    docker("push", "--quiet", name)
    return pinned(name)


def pinned(name: str) -> str:
    """An image's reference with its digest; unchanged if no registry has the image."""
    if "@" in name:
        return name
    _fetch(name)
    folder, slash, last = name.rpartition("/")
    repository = f"{folder}{slash}{last.partition(':')[0]}"
    digests = inspect("image", name)[0]["RepoDigests"]
    known = [digest for digest in digests if digest.partition("@")[0] == repository]
    return known[0] if known else name


def _fetch(name: str) -> None:
    """Pull an image unless it is here."""
    if inspect("image", name):
        return
    try:
        docker("pull", "--quiet", name)
    except DockerFailed as refusal:
        raise Trouble(f"{name} can't be pulled: {refusal}") from None


def variable(name: str, wanted: str) -> str:
    """What an image sets an environment variable to; empty if it does not."""
    _fetch(name)
    return _environment(name).get(wanted, "")


def origin(name: str) -> str:
    """An image's version and commit, unknown if this engine does not have the image."""
    environment = _environment(name)
    version, commit = (environment.get(f"MINITWIT_{it}", "unknown") for it in ("VERSION", "COMMIT"))
    return f"{version} ({_short(commit)})"


def _short(commit: str) -> str:
    """A commit's first digits, with the hash of changes, if any, in full."""
    last, mark, content = commit.partition(CHANGED)
    return f"{last[:12]}{mark}{content}"


def _environment(name: str) -> dict[str, str]:
    """An image's environment variables; none if this engine does not have the image."""
    return dict(
        each.split("=", 1)
        for image in inspect("image", name)
        for each in image["Config"]["Env"] or ()
    )


def _is_there(settings: Settings, name: str) -> bool:
    if inspect("image", name):
        return True
    return bool(settings.registry) and run("pull", "--quiet", name).returncode == 0


def _git(*arguments: str) -> str:
    """What git prints; Trouble if it fails, or everything would seem to be the same version."""
    done = _run_git(*arguments)
    if done.returncode:
        raise Trouble(f"Images are named by git, which fails: {done.stderr.strip()}")
    return done.stdout.strip()


def _knows(place: str) -> bool:
    return _run_git("rev-parse", "--verify", "--quiet", place).returncode == 0


def _run_git(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["git", "-c", f"safe.directory={ROOT}", *arguments]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        raise Trouble("There is no git command on this machine.") from None


if __name__ == "__main__":
    sys.exit(exit_status(main))
