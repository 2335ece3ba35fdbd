"""Which secrets and configs are made, and which of them count."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis import keys
from chassis.tokens import public_jwk
from infra.swarm import backups, jobs, lock, metrics, secrets, ship, tasks
from infra.swarm.docker import DockerFailed, content_of
from infra.swarm.jobs import Job
from infra.swarm.settings import Settings
from infra.swarm.tests.engine import Engine
from infra.trouble import Trouble

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


def test_a_database_moves_with_all_that_names_its_place(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "database"
    monkeypatch.setenv("ADMIN_DATABASE_URL_FILE", str(file))
    file.write_text("postgresql://owner:x@10.0.0.20/minitwit")
    secrets.create_missing(SETTINGS)
    before = secrets.variables(SETTINGS)
    file.write_text("postgresql://owner:x@10.0.0.21/minitwit")
    with pytest.raises(Trouble, match=r"10\.0\.0\.20.*names 10\.0\.0\.21.*FORCE=yes"):
        secrets.create_missing(SETTINGS)
    assert secrets.variables(SETTINGS) == before
    monkeypatch.setenv("FORCE", "yes")
    secrets.create_missing(SETTINGS)
    after = secrets.variables(SETTINGS)
    urls = {name for name in before if "DATABASE_URL" in name or name.endswith("_PASSWORD")}
    assert {name for name in before if before[name] != after[name]} == urls
    place = secrets.label_of(SETTINGS, secrets.ADMIN, secrets.HOST)
    assert place == "10.0.0.21:5432/minitwit"


def place_of_users() -> str:
    """Where its service looks for the database."""
    (known,) = [secrets.current(SETTINGS, "secret")["users-database-url"]]
    return content_of(known).rpartition("@")[2]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that names a stack's managed cluster, which may be moved."""
    file = tmp_path / "database"
    monkeypatch.setenv("ADMIN_DATABASE_URL_FILE", str(file))
    file.write_text("postgresql://owner:x@10.0.0.20/minitwit")
    secrets.create_missing(SETTINGS)
    monkeypatch.setenv("FORCE", "yes")
    return file


def create_missing_but_break_off(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the connection is lost once so many are created."""
    create, left = secrets.create, iter(range(after))

    def break_off(*words: Any, **options: Any) -> str:
        if next(left, None) is None:
            raise DockerFailed("connection reset by peer")
        return create(*words, **options)

    with monkeypatch.context() as patch:
        patch.setattr(secrets, "create", break_off)
        with pytest.raises(DockerFailed):
            secrets.create_missing(SETTINGS)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("made", [0, 1, 4, 11])
def test_a_move_that_was_broken_off_is_made_whole_by_the_next(
    database: Path, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.write_text("postgresql://owner:x@10.0.0.21/minitwit")
    create_missing_but_break_off(made, monkeypatch)
    secrets.create_missing(SETTINGS)
    assert place_of_users() == "10.0.0.21:5432/minitwit"
    assert secrets.label_of(SETTINGS, secrets.ADMIN, secrets.HOST) == place_of_users()


@pytest.mark.usefixtures("engine")
def test_an_incomplete_database_url_is_refused_for_an_existing_stack_too(database: Path) -> None:
    database.write_text("postgresql://owner:x@10.0.0.21")
    with pytest.raises(Trouble, match="must hold postgresql://"):
        secrets.create_missing(SETTINGS)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("password", ["can/ary", "12/canary", "can?ary", "can#ary", "can:ary/x"])
def test_a_password_that_is_not_escaped_is_refused_and_not_shown(
    database: Path, password: str
) -> None:
    """A part of it would pass for the host, which labels and messages show."""
    database.write_text(f"postgresql://owner:{password}@10.0.0.21/minitwit")
    with pytest.raises(Trouble, match="must hold postgresql://") as trouble:
        secrets.create_missing(SETTINGS)
    assert "ary" not in str(trouble.value)
    assert secrets.label_of(SETTINGS, secrets.ADMIN, secrets.HOST) == "10.0.0.20:5432/minitwit"


@pytest.mark.parametrize(("content", "why"), [(b" \n", "is empty"), (b"\xff", "holds no text")])
def test_a_file_without_a_value_is_not_taken_for_none_given(
    content: bytes, why: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stack would get a Postgres of its own instead of the managed cluster."""
    file = tmp_path / "database"
    file.write_bytes(content)
    monkeypatch.setenv("ADMIN_DATABASE_URL_FILE", str(file))
    with pytest.raises(Trouble, match=f"ADMIN_DATABASE_URL_FILE: .*{why}"):
        secrets.create_missing(SETTINGS)
    assert not engine.known


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("content", ["canary", ":canary", "canary:"])
def test_credentials_that_no_service_would_take_are_not_kept(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is not created again: they could only be removed by hand."""
    (tmp_path / "it").write_text(content)
    monkeypatch.setenv("SIMULATOR_CREDENTIALS_FILE", str(tmp_path / "it"))
    with pytest.raises(Trouble, match=r"^SIMULATOR_CREDENTIALS_FILE must hold NAME:PASSWORD$"):
        secrets.create_missing(SETTINGS)
    monkeypatch.delenv("SIMULATOR_CREDENTIALS_FILE")
    assert "simulator-credentials" in secrets.create_missing(SETTINGS)


def test_secrets_are_created_by_one_command_at_a_time(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two would mix their passwords and the URLs that hold them."""
    held: list[str] = []

    @contextmanager
    def alone(settings: Settings) -> Iterator[None]:
        assert not engine.known
        yield
        held.extend([settings.stack, secrets.name_of(settings, "cookie-keys")])

    monkeypatch.setattr(lock, "alone", alone)
    secrets.main()
    assert held[0] == "minitwit"


@pytest.mark.usefixtures("engine")
def test_a_stacks_own_postgres_has_the_password_that_is_given(database: Path) -> None:
    database.write_text("postgresql://postgres:a%2Fb@postgres/minitwit")
    secrets.create_missing(SETTINGS)
    known = secrets.current(SETTINGS, "secret")["postgres-password"]
    assert content_of(known) == "a/b"


@pytest.mark.usefixtures("engine")
def test_backups_move_with_the_database(database: Path) -> None:
    secrets.create(SETTINGS, backups.ACCOUNT, "drill:x")
    backups.create_secrets(SETTINGS)
    assert not backups.has_been_left(SETTINGS)
    before = secrets.name_of(SETTINGS, backups.URL)
    backups.create_secrets(SETTINGS)
    assert secrets.name_of(SETTINGS, backups.URL) == before
    database.write_text("postgresql://owner:x@10.0.0.21/minitwit")
    secrets.create_missing(SETTINGS)
    assert backups.has_been_left(SETTINGS)
    backups.create_secrets(SETTINGS)
    known = secrets.current(SETTINGS, "secret")[backups.URL]
    assert content_of(known).endswith("@10.0.0.21:5432/minitwit")
    assert not backups.has_been_left(SETTINGS)


def test_public_keys_that_are_missing_are_made_with_a_private_one(engine: Engine) -> None:
    """Also where a deploy has made other configs."""
    secrets.create_missing(SETTINGS)
    secrets.create(SETTINGS, "relay", "a script", kind="config")
    old = secrets.name_of(SETTINGS, PAIR[0])
    engine.run("config", "rm", secrets.current(SETTINGS, "config")[PAIR[1]]["Spec"]["Name"])
    assert secrets.create_missing(SETTINGS) == PAIR
    (public,) = keys.keys_of(content_of(secrets.current(SETTINGS, "config")[PAIR[1]]))
    assert public["kty"] == "OKP"
    assert secrets.name_of(SETTINGS, PAIR[0]) != old


@pytest.mark.parametrize("gone", PAIR)
def test_both_halves_of_a_key_belong_together_even_if_their_creation_was_interrupted(
    engine: Engine, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else no token that is signed would be accepted, and nothing would seem to be missing."""
    secrets.create_missing(SETTINGS)
    kind = "config" if gone == secrets.PUBLIC_KEYS else "secret"
    engine.run(kind, "rm", secrets.name_of(SETTINGS, gone, kind))
    create_missing_but_break_off(1, monkeypatch)
    secrets.create_missing(SETTINGS)
    private = content_of(secrets.current(SETTINGS, "secret")[PAIR[0]]).encode()
    (public,) = keys.keys_of(content_of(secrets.current(SETTINGS, "config")[PAIR[1]]))
    key = load_pem_private_key(private, password=None)
    assert isinstance(key, Ed25519PrivateKey)
    assert public == public_jwk(key.public_key())


def test_an_operators_password_may_be_one_from_before(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Job] = []
    file = tmp_path / "password"
    monkeypatch.setattr(jobs, "perform", lambda _, job: done.append(job))
    monkeypatch.setenv("OPERATOR_PASSWORD_FILE", str(file))
    ship.create_secrets(SETTINGS)
    for password in ("one", "another", "one"):
        file.write_text(password)
        ship.provisioned(SETTINGS, "logs", {})
    first, other, again = (told(job, "OPERATOR_PASSWORD") for job in done)
    assert first == again != other
    assert told(done[2], "ELASTIC_PASSWORD") == secrets.name_of(SETTINGS, "elastic-password")
    assert ("secret", other) not in engine.known


def test_an_operators_password_that_cannot_be_read_is_told_of_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPERATOR_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setattr(tasks, "nodes", pytest.fail)
    with pytest.raises(Trouble, match="OPERATOR_PASSWORD_FILE: "):
        ship.check(SETTINGS)


def told(job: Job, setting: str) -> str:
    """The name of the secret that a job is told as a setting."""
    (name,) = (name for name, known in job.secrets.items() if known == setting)
    return name


def test_a_value_counts_when_it_is_given_again_while_another_is_in_use(engine: Engine) -> None:
    purpose = "alert-page-url"
    for value in ("https://one", "https://another", "https://one", "https://one"):
        name = secrets.choose(SETTINGS, purpose, value)
        assert secrets.name_of(SETTINGS, purpose) == name
        engine.used = {name}


@pytest.mark.usefixtures("engine")
def test_alert_receivers_can_be_set_back_to_earlier_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "address"
    monkeypatch.setenv("ALERT_PAGE_URL_FILE", str(file))
    monkeypatch.setenv("GRAFANA_PASSWORD_FILE", __file__)
    names = []
    for address in ("https://one", "https://another", "https://one"):
        file.write_text(address)
        metrics.create_secrets(SETTINGS)
        names.append(secrets.name_of(SETTINGS, "alert-page-url"))
    assert names[0] == names[2] != names[1]


@pytest.mark.usefixtures("engine")
def test_a_receiver_that_is_no_address_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alertmanager would only say so when there is an alert to send."""
    (tmp_path / "address").write_text("hooks.example.org/canary")
    monkeypatch.setenv("ALERT_PAGE_URL_FILE", str(tmp_path / "address"))
    with pytest.raises(Trouble, match=r"^ALERT_PAGE_URL_FILE names a file that must hold"):
        metrics.create_secrets(SETTINGS)
