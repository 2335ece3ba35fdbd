"""Typed configuration, read once at boot.

A service declares a frozen dataclass; each field is one setting, named after it:
`database_url` is read from `MINITWIT_DATABASE_URL`, or from the file that
`MINITWIT_DATABASE_URL_FILE` names (surrounding white space is not part of the value).
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from socket import gethostname
from typing import Any, NewType, TypeVar, get_type_hints
from urllib.parse import urlsplit

import jwt

PREFIX = "MINITWIT_"
HOST = gethostname()
LONGEST_SECONDS = 3600
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

PositiveInt = NewType("PositiveInt", int)
Seconds = NewType("Seconds", int)
LogLevel = NewType("LogLevel", str)
HttpUrl = NewType("HttpUrl", str)
Address = NewType("Address", str)
PublicKeys = NewType("PublicKeys", str)


class Secret(str):
    """A value that must not appear in a log or a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class Credentials(Secret):
    """A name and a password, with a colon between them."""

    __slots__ = ()


class DatabaseUrl(Secret):
    """A SQLAlchemy URL that names its driver."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of every service."""

    environment: str = "development"
    node: str = HOST
    version: str = "0.0.0+dev"
    commit: str = "unknown"
    built_at: str = "unknown"
    log_level: LogLevel = LogLevel("INFO")
    bind: Address = Address("127.0.0.1:5000")
    probe_bind: Address | None = None
    threads: PositiveInt = PositiveInt(8)
    drain_seconds: Seconds = Seconds(0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatabaseConfig(Config):
    """Further settings of a service that owns a schema."""

    database_url: DatabaseUrl
    database_pool_size: PositiveInt = PositiveInt(8)
    simulator_credentials: Credentials = Credentials("simulator:super_safe!")
    token_public_keys: PublicKeys


class ConfigError(Exception):
    """Everything that is wrong with the configuration, one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["The configuration is not usable:", *problems]))
        self.problems = problems


C = TypeVar("C", bound=Config)


def load(kind: type[C], environ: Mapping[str, str]) -> C:
    """Build `kind` from the environment; ConfigError names every problem at once."""
    problems = [f"{name}: no such setting" for name in _unknown(kind, environ)]
    values: dict[str, Any] = {}
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        try:
            raw = _raw(PREFIX + field.name.upper(), environ)
            if raw is not None:
                values[field.name] = _PARSERS[hints[field.name]](raw)
            elif field.default is dataclasses.MISSING:
                problems.append(f"{PREFIX}{field.name.upper()}: missing")
        except ValueError as error:
            problems.append(f"{PREFIX}{field.name.upper()}: {error}")
    if problems:
        raise ConfigError(problems)
    return kind(**values)


def _unknown(kind: type[Config], environ: Mapping[str, str]) -> Iterator[str]:
    known = {PREFIX + field.name.upper() for field in dataclasses.fields(kind)}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name.removesuffix("_FILE") not in known:
            yield name


def _raw(name: str, environ: Mapping[str, str]) -> str | None:
    path = environ.get(name + "_FILE")
    if path is None:
        return environ.get(name)
    if name in environ:
        raise ValueError(f"given twice, as {name} and as {name}_FILE")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None


def _text(raw: str) -> str:
    if not raw:
        raise ValueError("empty")
    return raw


def _boolean(raw: str) -> bool:
    if raw.lower() not in ("true", "false"):
        raise ValueError("must be true or false")
    return raw.lower() == "true"


def _positive(raw: str) -> PositiveInt:
    if not (raw.isascii() and raw.isdigit() and int(raw) > 0):
        raise ValueError("must be a whole number above 0")
    return PositiveInt(int(raw))


def _seconds(raw: str) -> Seconds:
    if not (raw.isascii() and raw.isdigit() and int(raw) <= LONGEST_SECONDS):
        raise ValueError(f"must be a whole number of seconds up to {LONGEST_SECONDS}")
    return Seconds(int(raw))


def _log_level(raw: str) -> LogLevel:
    if raw not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return LogLevel(raw)


def _http_url(raw: str) -> HttpUrl:
    parts = urlsplit(raw)
    if parts.scheme != "http" or not parts.hostname or parts.port == 0:
        raise ValueError("must be a URL like http://host:port")
    return HttpUrl(raw.rstrip("/"))


def _address(raw: str) -> Address:
    parts = urlsplit(f"//{raw}")
    if parts.netloc != raw or not parts.hostname or parts.port is None:
        raise ValueError("must be an address like 0.0.0.0:5000")
    return Address(raw)


def _credentials(raw: str) -> Credentials:
    if ":" not in raw:
        raise ValueError("must be a name and a password like name:password")
    return Credentials(raw)


def _public_keys(raw: str) -> PublicKeys:
    try:
        jwt.PyJWKSet.from_json(raw)
    except (jwt.PyJWTError, ValueError, AttributeError) as error:
        raise ValueError(f"no JWKS document: {error}") from None
    return PublicKeys(raw)


def _database_url(raw: str) -> DatabaseUrl:
    if not raw.startswith("postgresql+psycopg2://"):
        raise ValueError("must start with postgresql+psycopg2://")
    return DatabaseUrl(raw)


_PARSERS: dict[Any, Callable[[str], Any]] = {
    str: _text,
    bool: _boolean,
    PositiveInt: _positive,
    Seconds: _seconds,
    LogLevel: _log_level,
    HttpUrl: _http_url,
    Address: _address,
    Address | None: _address,
    Credentials: _credentials,
    PublicKeys: _public_keys,
    Secret: lambda raw: Secret(_text(raw)),
    DatabaseUrl: _database_url,
}
