"""Configuration: typed, from values or files, every problem in one error."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.config import (
    Config,
    ConfigError,
    DatabaseConfig,
    DatabaseUrl,
    HttpUrl,
    PositiveInt,
    Secret,
    load,
)
from chassis.testing import Keys


@dataclass(frozen=True, kw_only=True)
class Example(Config):
    database_url: DatabaseUrl
    provider_url: HttpUrl = HttpUrl("http://provider")
    password: Secret = Secret("hidden")
    limit: PositiveInt = PositiveInt(3)
    strict: bool = False


URL = "postgresql+psycopg2://someone:secret@127.0.0.1/db"
GOOD = {"MINITWIT_DATABASE_URL": URL}


def test_values_are_typed() -> None:
    config = load(Example, {**GOOD, "MINITWIT_LIMIT": "7", "MINITWIT_STRICT": "true"})
    assert (config.limit, config.strict, config.database_url) == (7, True, URL)


def test_a_value_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from a file\n")
    assert load(Example, {**GOOD, "MINITWIT_PASSWORD_FILE": str(file)}).password == "from a file"


def test_every_problem_is_named_at_once() -> None:
    environ = {
        "MINITWIT_LIMIT": "0",
        "MINITWIT_STRICT": "perhaps",
        "MINITWIT_PROVIDER_URL": "provider:80",
        "MINITWIT_PASSWORD_FILE": "/nowhere/at/all",
        "MINITWIT_PASWORD": "x",
        "HOME": "/",
    }
    with pytest.raises(ConfigError) as raised:
        load(Example, environ)
    named = {problem.split(":")[0] for problem in raised.value.problems}
    assert named == {
        "MINITWIT_LIMIT",
        "MINITWIT_STRICT",
        "MINITWIT_PROVIDER_URL",
        "MINITWIT_PASSWORD",
        "MINITWIT_PASWORD",
        "MINITWIT_DATABASE_URL",
    }


def test_a_value_given_twice_is_refused(tmp_path: Path) -> None:
    twice = {"MINITWIT_PASSWORD": "a", "MINITWIT_PASSWORD_FILE": str(tmp_path)}
    with pytest.raises(ConfigError, match="given twice"):
        load(Example, {**GOOD, **twice})


def test_a_database_url_names_its_driver() -> None:
    with pytest.raises(ConfigError, match=r"postgresql\+psycopg2://"):
        load(Example, {"MINITWIT_DATABASE_URL": "postgresql://someone@host/db"})


def test_secrets_do_not_show_in_a_representation() -> None:
    assert "secret" not in repr(load(Example, GOOD))
    assert "hidden" not in repr(load(Example, GOOD))


@dataclass(frozen=True, kw_only=True)
class Placed(DatabaseConfig):
    provider_url: HttpUrl


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("BIND", value) for value in ("nonsense", ":5000", "host:", "host:x", "//h:1")),
        ("BIND", "host:65536"),
        ("PROBE_BIND", "5001x"),
        *(("PROVIDER_URL", f"http://{place}") for place in ("users:abc", "users:0", "")),
        ("SIMULATOR_CREDENTIALS", "nocolon"),
        *(("TOKEN_PUBLIC_KEYS", value) for value in ("", "{}", "[]", "x", '{"keys": []}')),
    ],
)
def test_what_would_fail_later_is_named_at_boot(name: str, value: str) -> None:
    good = {
        **GOOD,
        "MINITWIT_BIND": "[::1]:5000",
        "MINITWIT_PROBE_BIND": "0.0.0.0:5001",
        "MINITWIT_PROVIDER_URL": "http://[::1]:80/",
        "MINITWIT_SIMULATOR_CREDENTIALS": "a:b:c",
        "MINITWIT_TOKEN_PUBLIC_KEYS": Keys().jwks,
    }
    assert load(Placed, good).provider_url == "http://[::1]:80"
    with pytest.raises(ConfigError) as raised:
        load(Placed, {**good, f"MINITWIT_{name}": value})
    [problem] = raised.value.problems
    assert problem.startswith(f"MINITWIT_{name}: ")
