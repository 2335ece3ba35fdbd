"""What Git tells of this clone, also to root of another user's."""

import subprocess

from dev.services import ROOT
from dev.trouble import Trouble


def git(*arguments: str) -> bytes:
    """What a command of Git's prints; Trouble if it fails."""
    # Git tells nothing of another user's clone unless it hears that this is safe.
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True)
    except OSError as error:
        raise Trouble(f"git: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Trouble(f"git: {said[-1] if said else 'no reason given'}")
    return done.stdout


def told(*arguments: str, otherwise: str) -> str:
    """The same as text; `otherwise` where it fails, as in a copy without history."""
    try:
        return git(*arguments).decode().strip()
    except Trouble:
        return otherwise
