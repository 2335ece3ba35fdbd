"""A command's settings: from the environment, which `make` passes on, or an earlier command."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.backup.settings import TIME
from infra.trouble import Trouble

SERVICES = ("users", "messages", "followers", "web")
SCHEMAS = ("users", "messages", "followers")
PARTS = (*SERVICES, "gateway")
# The settings that a stack remembers (remembered.py). Not: STACK and DOCKER_HOST, which say which
# stack it is; REGISTRY, VERSION, BUILD_NETWORK and the images, which say what this caller builds
# or deploys (a part that is not deployed keeps its image); SERVICE, SECRET, FILE and FORCE, which
# say what to do now, and UPDATE_MONITOR, how carefully; the content of files, which is secret; nor
# what is derived each time, as POSTGRES_REPLICAS and METRICS_DATABASE are from where the database
# is.
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
    # For the stacks beside it, of metrics and of logs.
    "PROMETHEUS_SIZE",
    "GRAFANA_REPLICAS",
    "ELASTICSEARCH_HEAP",
    "ELASTICSEARCH_MEMORY",
)


_PORT = re.compile("[1-9][0-9]{0,4}")
_URL = re.compile(r"https?://[^/\s]+(/\S*)?")
# What a value must look like, and in words; a service that refuses a wrong one does so only once
# it is updated, and Postgres, which is one alone, is away meanwhile.
_FORMS = {
    "URL": (_URL, "address that begins with http:// or https://"),
    "BACKUP_TIME": (TIME, "time of day like 03:00"),
    **{
        name: (re.compile("[1-9][0-9]*"), "whole number from 1")
        for name in ("ACCESS_TOKEN_SECONDS", "PASSWORD_MIN_LENGTH", "POSTGRES_CONNECTIONS")
    },
    **{name: (re.compile("[0-9]+"), "number") for name in REMEMBERED if name.endswith("_REPLICAS")},
    "BACKUP_WAL": (re.compile("(?i)true|false"), "true or false value"),
}


@dataclass(frozen=True)
class Settings:
    """A stack's name, its images' registry, its port, and the address to smoke-test it at.

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
    """Settings from the environment, and remembered ones where it has none.

    A variable that is set but empty means the default, whatever is remembered.
    """
    said = {**(remembered or {}), **os.environ}
    variables = {name: said[name] for name in REMEMBERED if said.get(name)}
    port = variables.get("GATEWAY_PORT", "80")
    if not (_PORT.fullmatch(port) and int(port) < 2**16):
        raise Trouble(f"GATEWAY_PORT={port} is no port: a whole number from 1 to 65535.")
    _check(variables)
    return Settings(
        stack=os.environ.get("STACK") or "minitwit",
        registry=(os.environ.get("REGISTRY") or "").rstrip("/"),
        port=int(port),
        url=variables.get("URL", f"http://127.0.0.1:{port}").rstrip("/"),
        variables=variables,
    )


def _check(variables: Mapping[str, str]) -> None:
    for name, (form, what) in _FORMS.items():
        if name in variables and not form.fullmatch(variables[name]):
            raise Trouble(f"{name}={variables[name]} is no {what}.")


def parts() -> tuple[str, ...]:
    """The part that SERVICE names, or all of them."""
    named = os.environ.get("SERVICE")
    if not named:
        return PARTS
    if named not in PARTS:
        raise Trouble(f"SERVICE={named} is none of {', '.join(PARTS)}.")
    return (named,)


def given(variable: str) -> str:
    """The content of the file that a variable names; empty if it is not set."""
    path = os.environ.get(variable)
    if not path:
        return ""
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Trouble(f"{variable}: {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Trouble(f"{variable}: {path} holds no text") from None
    if not content:
        raise Trouble(f"{variable}: {path} is empty")
    return content
