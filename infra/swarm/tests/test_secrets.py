"""Which secrets and configs are made, and which of them count."""

import pytest

from infra.swarm import keys, secrets
from infra.swarm.settings import Settings
from infra.swarm.tests.engine import Engine

SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1")
PAIR = ["token-signing-key", "token-public-keys"]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()
    for name in ("docker", "lines", "inspect", "run"):
        monkeypatch.setattr(secrets, name, getattr(made, name))
    return made


@pytest.mark.usefixtures("engine")
def test_what_is_there_is_not_made_again() -> None:
    assert set(secrets.create_missing(SETTINGS)) == {*secrets.names(), secrets.PUBLIC_KEYS}
    assert secrets.create_missing(SETTINGS) == []


def test_public_keys_that_are_missing_are_made_with_a_private_one(engine: Engine) -> None:
    """Also where a deploy has made other configs."""
    secrets.create_missing(SETTINGS)
    secrets.create(SETTINGS, "relay", "a script", kind="config")
    old = secrets.name_of(SETTINGS, PAIR[0])
    engine.run("config", "rm", secrets.current(SETTINGS, "config")[PAIR[1]]["Spec"]["Name"])
    assert secrets.create_missing(SETTINGS) == PAIR
    (public,) = keys.keys_of(secrets.content_of(secrets.current(SETTINGS, "config")[PAIR[1]]))
    assert public["kty"] == "OKP"
    assert secrets.name_of(SETTINGS, PAIR[0]) != old
