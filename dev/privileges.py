"""Postgres refuses to run as root, so root's processes are started as somebody else.

A clone may lie under a folder that only root may enter (`mktemp -d` makes such ones), so the
processes keep one capability: to read through closed folders.
"""

import os
import pwd
import shutil
import stat
import sys
from contextlib import suppress
from pathlib import Path

from dev.trouble import Trouble

_READING = {"dac_read_search": 2, "dac_override": 1}
_SETPCAP = 8


def is_root() -> bool:
    return os.geteuid() == 0


def command_prefix(user: int, *options: str) -> list[str]:
    """The prefix with which root runs a command as `user`; empty unless we are root."""
    if not is_root():
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise Trouble("As root, setpriv (of util-linux) is needed: Postgres refuses root.")
    prefix = [setpriv, f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups", *options]
    return prefix + _reading_options(_effective_capabilities())


def stand_in() -> int:
    """The user who runs what root may not: nobody."""
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534


def hand_over(folder: Path, user: int) -> None:
    """Give a folder with all in it to `user`; does nothing for anybody but root."""
    if not is_root():
        return
    for place, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            with suppress(FileNotFoundError):  # of a system that runs from there
                _give(Path(place, name), user)


def _give(path: Path, user: int) -> None:
    if path.lstat().st_uid != user:
        os.chown(path, user, _group(user), follow_symlinks=False)


def re_execute(user: int, home: Path, arguments: list[str]) -> None:
    """As root, become `user` and start again; for anybody else, do nothing.

    No byte code is written into root's clone: files of another owner in there would only confuse.
    """
    if not is_root():
        return
    command = [*command_prefix(user), sys.executable, *arguments]
    environment = {**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.stdout.flush()
    os.execve(command[0], command, environment)  # noqa: S606


def user_name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def owner(path: Path) -> int:
    return path.stat()[stat.ST_UID]


def _group(user: int) -> int:
    try:
        return pwd.getpwuid(user).pw_gid
    except KeyError:
        return user


def _reading_options(effective: int) -> list[str]:
    """Keep the narrowest capability to read that root has here; a container may lack some.

    Without `no_setuid_fixup` access(2), which initdb trusts, would not count the capability.
    """
    name = next((name for name, bit in _READING.items() if effective >> bit & 1), None)
    if name is None:
        return []
    securebits = ["--securebits=+no_setuid_fixup"] if effective >> _SETPCAP & 1 else []
    return [*securebits, f"--inh-caps=+{name}", f"--ambient-caps=+{name}"]


def _effective_capabilities() -> int:
    try:
        status = Path("/proc/self/status").read_text()
    except FileNotFoundError:
        return 0
    line = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return int(line.split()[1], 16)
