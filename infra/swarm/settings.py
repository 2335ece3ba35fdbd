"""What the commands are told by the environment, which `make` passes on."""

import os
from dataclasses import dataclass

from infra.swarm.docker import Trouble

SERVICES = ("users", "messages", "followers", "web")
SCHEMAS = ("users", "messages", "followers")
PARTS = (*SERVICES, "gateway")


@dataclass(frozen=True)
class Settings:
    """Which stack, on which port, with images from where, smoke-tested at which address."""

    stack: str
    registry: str
    port: int
    url: str

    def service(self, part: str) -> str:
        """A part's name in the swarm."""
        return f"{self.stack}_{part}"


def read() -> Settings:
    port = os.environ.get("GATEWAY_PORT") or "80"
    if not port.isdigit():
        raise Trouble(f"GATEWAY_PORT={port} is no port.")
    return Settings(
        stack=os.environ.get("STACK") or "minitwit",
        registry=(os.environ.get("REGISTRY") or "").rstrip("/"),
        port=int(port),
        url=(os.environ.get("URL") or f"http://127.0.0.1:{port}").rstrip("/"),
    )


def parts() -> tuple[str, ...]:
    """The part that SERVICE names, or all of them."""
    named = os.environ.get("SERVICE")
    if not named:
        return PARTS
    if named not in PARTS:
        raise Trouble(f"SERVICE={named} is none of {', '.join(PARTS)}.")
    return (named,)
