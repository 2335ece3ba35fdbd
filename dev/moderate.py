"""`make flag`, `make unflag`, `make flagged`: the moderation tool of messages, told where its
database is in the running system.
"""

import os
import subprocess
import sys

from dev import services
from dev.secrets import Secrets
from dev.services import Layout
from dev.state import State
from dev.system import exit_status, folder, running
from dev.trouble import Trouble

_TOOL = "messages.moderation"


def main() -> int:
    return exit_status(moderate)


def moderate() -> int:
    """Run the tool and return its exit status; Trouble if no system is running."""
    arguments = _arguments()
    state = State(folder().absolute())
    processes = running(state.folder)["processes"]
    ports = {name: process["port"] for name, process in processes.items()}
    layout = Layout(state, Secrets(state.secrets, {}), ports)
    told_so = services.environment(layout, "messages")
    return subprocess.call([sys.executable, "-m", _TOOL, *arguments], env=told_so)


def _arguments() -> list[str]:
    verb, message = sys.argv[1], os.environ.get("ID", "")
    if verb == "list":
        chosen = {option: os.environ.get(option.upper()) for option in ("author", "before")}
        return sys.argv[1:] + [f"--{option}={value}" for option, value in chosen.items() if value]
    if not (message.isascii() and message.isdigit()):
        raise Trouble(f"which message? For example: make {verb} ID=42")
    return [verb, message]


if __name__ == "__main__":
    sys.exit(main())
