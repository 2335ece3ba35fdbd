"""`make flag`, `make unflag`, `make flagged`: the moderation tool of messages, told where its
database is in the running system.
"""

import os
import subprocess
import sys

from dev import services
from dev.demo.system import exit_status, folder, running
from dev.secrets import Secrets
from dev.services import Layout
from dev.state import State
from dev.trouble import Trouble

_TOOL = "messages.moderation"


def main() -> int:
    return exit_status(moderate)


def moderate() -> None:
    """Trouble when nothing runs; otherwise ends with the tool's own exit status."""
    verb, message = sys.argv[1], os.environ.get("ID", "")
    if verb != "list" and not (message.isascii() and message.isdigit()):
        raise Trouble(f"which message? For example: make {verb} ID=42")
    arguments = sys.argv[1:] if verb == "list" else [verb, message]
    state = State(folder().absolute())
    processes = running(state.folder)["processes"]
    ports = {name: process["port"] for name, process in processes.items()}
    layout = Layout(state, Secrets(state.secrets, {}), ports)
    told_so = services.environment(layout, "messages")
    sys.exit(subprocess.call([sys.executable, "-m", _TOOL, *arguments], env=told_so))


if __name__ == "__main__":
    sys.exit(main())
