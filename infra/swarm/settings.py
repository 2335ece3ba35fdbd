"""The settings of a command: by the environment, which `make` passes on, or an earlier command."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.swarm.docker import Trouble

SERVICES = ("users", "messages", "followers", "web")
SCHEMAS = ("users", "messages", "followers")
PARTS = (*SERVICES, "gateway")
# What a stack remembers of what it was told (memory.py). Not: STACK and DOCKER_HOST, which say
# whose memory it is; REGISTRY, VERSION, BUILD_NETWORK and the images, which say what this caller
# builds or deploys (what is not deployed keeps its image); SERVICE, SECRET, FILE and FORCE, which
# say what is done now, and UPDATE_MONITOR, how carefully; what stands in files, which is secret;
# nor what is derived each time, as POSTGRES_REPLICAS and METRICS_DATABASE are from whose Postgres
# it is.
REMEMBERED = (
    "GATEWAY_PORT",
    "URL",
    "ENVIRONMENT",
    "LOG_LEVEL",
    "SECURE_COOKIES",
    "TRUSTED_PROXIES",
    "REFUSE_GUESSES",
    "USERS_REPLICAS",
    "MESSAGES_REPLICAS",
    "FOLLOWERS_REPLICAS",
    "WEB_REPLICAS",
    "ACCESS_TOKEN_SECONDS",
    "PASSWORD_MIN_LENGTH",
    "POSTGRES_CONNECTIONS",
    "BACKUP_TIME",
    "BACKUP_WAL",
    # Of the stacks beside it, for metrics and logs.
    "PROMETHEUS_SIZE",
    "GRAFANA_REPLICAS",
    "ELASTICSEARCH_HEAP",
    "ELASTICSEARCH_MEMORY",
)


_PORT = re.compile("[1-9][0-9]{0,4}")
_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True)
class Settings:
    """Which stack, on which port, with images from where, smoke-tested at which address.

    `variables` has those of REMEMBERED that were set, by name; the others have their defaults.
    """

    stack: str
    registry: str
    port: int
    url: str
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> str:
        """What log lines call it, as docker-stack.yml has it."""
        return self.variables.get("ENVIRONMENT", "production")

    def service(self, part: str) -> str:
        """A part's name in the swarm."""
        return f"{self.stack}_{part}"


def read(remembered: Mapping[str, str] | None = None) -> Settings:
    """What the environment says, and what is remembered where it says nothing.

    A variable that is there and empty means the default, whatever is remembered.
    """
    said = {**(remembered or {}), **os.environ}
    variables = {name: said[name] for name in REMEMBERED if said.get(name)}
    port, time = variables.get("GATEWAY_PORT", "80"), variables.get("BACKUP_TIME", "03:00")
    if not (_PORT.fullmatch(port) and int(port) < 2**16):
        raise Trouble(f"GATEWAY_PORT={port} is no port: a whole number from 1 to 65535.")
    if not _TIME.fullmatch(time):
        raise Trouble(f"BACKUP_TIME={time} is no time of day like 03:00.")
    return Settings(
        stack=os.environ.get("STACK") or "minitwit",
        registry=(os.environ.get("REGISTRY") or "").rstrip("/"),
        port=int(port),
        url=variables.get("URL", f"http://127.0.0.1:{port}").rstrip("/"),
        variables=variables,
    )


def parts() -> tuple[str, ...]:
    """The part that SERVICE names, or all of them."""
    named = os.environ.get("SERVICE")
    if not named:
        return PARTS
    if named not in PARTS:
        raise Trouble(f"SERVICE={named} is none of {', '.join(PARTS)}.")
    return (named,)
