"""At every step of a rotation, a deploy would set the passwords that are in use."""

import base64

import pytest
from sqlalchemy import make_url

from dev.secrets import SCHEMAS
from infra.swarm import database, deploy, rotate, secrets
from infra.swarm.settings import Settings
from infra.swarm.tests.engine import Engine
from infra.trouble import Trouble

SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1")
FIRST, SECOND = "users_service", database.second("users")


class BrokenOff(BaseException):
    """The operator's machine is gone."""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A stack with its secrets, where every step of a rotation goes well."""
    made = Engine()
    for name in ("docker", "lines", "inspect", "run"):
        monkeypatch.setattr(secrets, name, getattr(made, name))
    monkeypatch.setattr(rotate, "run", made.run)
    monkeypatch.setattr(deploy, "running_images", lambda _: {"users": "an image"})
    monkeypatch.setattr(rotate, "_roll", lambda *_: None)
    for step in ("open_login", "close_login"):
        monkeypatch.setattr(database, step, lambda *_: None)
    secrets.create_missing(SETTINGS)
    return made


def content(purpose: str) -> str:
    return base64.b64decode(secrets.current(SETTINGS, "secret")[purpose]["Spec"]["Data"]).decode()


def in_use() -> tuple[str | None, str | None]:
    """By which role and password users comes in."""
    url = make_url(content("users-database-url"))
    return url.username, url.password


def break_off(*_: object) -> None:
    raise BrokenOff


@pytest.mark.parametrize(
    ("secret", "service", "why"),
    [
        (rotate.SIGNING_KEY, "", f"Not deployed yet: {', '.join(sorted({*SCHEMAS} - {'users'}))};"),
        (rotate.DATABASE_PASSWORD, "messages", "Not deployed yet: messages;"),
        (rotate.DATABASE_PASSWORD, "web", "Say whose"),
        (rotate.DATABASE_PASSWORD, "", "Say whose"),
    ],
)
def test_a_secret_of_what_is_not_deployed_is_not_rotated(
    engine: Engine, secret: str, service: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would deploy the service, from an image that there may not be."""
    monkeypatch.setattr(deploy, "check_swarm", lambda *_: None)
    monkeypatch.setenv("SECRET", secret)
    monkeypatch.setenv("SERVICE", service)
    before = set(engine.known)
    with pytest.raises(Trouble, match=why):
        rotate.main()
    assert set(engine.known) == before


@pytest.mark.usefixtures("engine")
def test_two_roles_take_turns_and_the_idle_ones_password_is_void() -> None:
    before = in_use()
    rotate.rotate_password(SETTINGS, "users")
    assert before[0] == FIRST
    assert in_use()[0] == SECOND
    assert content("users-service-password") not in (before[1], in_use()[1])
    rotate.rotate_password(SETTINGS, "users")
    assert in_use() == (FIRST, content("users-service-password"))


@pytest.mark.usefixtures("engine")
def test_a_deploy_during_a_rotation_would_set_the_password_in_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It sets the first role's password, and opens the second one's login."""
    left: list[tuple[tuple[str | None, str | None], str]] = []

    def roll(*_: object) -> None:
        left.append((in_use(), content("users-service-password")))

    rotate.rotate_password(SETTINGS, "users")
    monkeypatch.setattr(rotate, "_roll", roll)
    rotate.rotate_password(SETTINGS, "users")
    (((role, password), known),) = left
    assert (role, password) == (FIRST, known)


@pytest.mark.parametrize("rotations", [0, 1])
def test_an_update_that_outlives_the_command_keeps_role_and_password_consistent(
    engine: Engine, rotations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that was told of a new login has its URL, and a deploy sets its password."""
    for _ in range(rotations):
        rotate.rotate_password(SETTINGS, "users")

    def hand_over(*_: object) -> None:
        engine.used.add(secrets.name_of(SETTINGS, "users-database-url"))
        raise BrokenOff

    monkeypatch.setattr(rotate, "_roll", hand_over)
    with pytest.raises(BrokenOff):
        rotate.rotate_password(SETTINGS, "users")
    role, password = in_use()
    assert role == (SECOND, FIRST)[rotations]
    if role == FIRST:
        assert content("users-service-password") == password


@pytest.mark.parametrize("rotations", [0, 1])
def test_what_fails_leaves_the_secrets_as_they_were(
    engine: Engine, rotations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(rotations):
        rotate.rotate_password(SETTINGS, "users")
    before = set(engine.known)
    monkeypatch.setattr(rotate, "_roll", break_off)
    with pytest.raises(BrokenOff):
        rotate.rotate_password(SETTINGS, "users")
    assert set(engine.known) == before
