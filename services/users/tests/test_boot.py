"""What stops the boot, and that all of it is named at once."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chassis.config import ConfigError, load
from chassis.testing import Keys
from users.config import Config

Load = Callable[..., Config]


@pytest.fixture
def boot(keys: Keys) -> Load:
    """The configuration from an environment that is complete but for the changes."""
    environ = {
        "MINITWIT_DATABASE_URL": "postgresql+psycopg2://a:b@127.0.0.1/c",
        "MINITWIT_TOKEN_PUBLIC_KEYS": keys.jwks,
        "MINITWIT_TOKEN_SIGNING_KEY": keys.pem,
    }
    return lambda **changes: load(Config, environ | changes)


def test_the_defaults(boot: Load) -> None:
    config = boot()
    assert (config.access_token_seconds, config.session_days) == (300, 30)
    assert (config.password_min_length, config.hash_concurrency) == (1, 2)


def test_the_signing_key_comes_from_a_file(boot: Load, keys: Keys, tmp_path: Any) -> None:
    (tmp_path / "key").write_text(keys.pem)
    environ = {
        "MINITWIT_DATABASE_URL": "postgresql+psycopg2://a:b@127.0.0.1/c",
        "MINITWIT_TOKEN_PUBLIC_KEYS": keys.jwks,
        "MINITWIT_TOKEN_SIGNING_KEY_FILE": str(tmp_path / "key"),
    }
    assert load(Config, environ).token_signing_key == keys.pem.strip()


def test_a_signing_key_is_never_shown(boot: Load) -> None:
    assert "PRIVATE KEY" not in repr(boot())


@pytest.mark.parametrize(
    "pem", ["x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_malformed_signing_key_is_refused(boot: Load, pem: str) -> None:
    with pytest.raises(ConfigError, match="MINITWIT_TOKEN_SIGNING_KEY: no private key in PEM form"):
        boot(MINITWIT_TOKEN_SIGNING_KEY=pem)


def test_a_signing_key_of_another_kind(boot: Load) -> None:
    key = generate_private_key(SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ConfigError, match="MINITWIT_TOKEN_SIGNING_KEY: no Ed25519 key"):
        boot(MINITWIT_TOKEN_SIGNING_KEY=pem)


def test_a_signing_key_without_its_public_half_is_refused(boot: Load) -> None:
    with pytest.raises(ConfigError, match="its public half is not in MINITWIT_TOKEN_PUBLIC_KEYS"):
        boot(MINITWIT_TOKEN_SIGNING_KEY=Keys().pem)


def test_public_keys_that_are_none(boot: Load) -> None:
    with pytest.raises(ConfigError, match="MINITWIT_TOKEN_PUBLIC_KEYS: no JWKS document"):
        boot(MINITWIT_TOKEN_PUBLIC_KEYS="{}")


def test_everything_out_of_bounds_is_named_at_once(boot: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        boot(
            MINITWIT_SESSION_DAYS="99999999999",
            MINITWIT_ACCESS_TOKEN_SECONDS="3601",
            MINITWIT_TOKEN_SIGNING_KEY="x",
        )
    assert caught.value.problems == [
        "MINITWIT_ACCESS_TOKEN_SECONDS: must be at most 3600",
        "MINITWIT_SESSION_DAYS: must be at most 400",
        "MINITWIT_TOKEN_SIGNING_KEY: no private key in PEM form",
    ]
