"""What a stack remembers of what it was told: read by every command, and changed by words alone."""

import re
from pathlib import Path

import pytest

from infra.swarm import lock, metrics, remembered, rotate, secrets, smoke, stack
from infra.swarm.settings import REMEMBERED, Settings, read
from infra.swarm.tests.engine import Engine
from infra.trouble import Trouble

SWARM = Path(__file__).parents[1]
ROOT = SWARM.parents[1]
# What the stack files are told of each time, and by whom.
DERIVED = {"STACK", "POSTGRES_REPLICAS", "METRICS_DATABASE"}
# What a stack file is told of one deploy alone: a shortcut would weaken all later ones.
FOR_NOW = {"UPDATE_MONITOR"}
# What is told otherwise than as a variable of a stack file.
NO_VARIABLES = {"URL", "TRUSTED_PROXIES", "REFUSE_GUESSES"}


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()
    for verb in ("docker", "inspect", "lines", "run"):
        monkeypatch.setattr(secrets, verb, getattr(made, verb))
    for verb in ("docker", "inspect"):
        monkeypatch.setattr(lock, verb, getattr(made, verb))
    for name in (*REMEMBERED, "STACK", "SERVICE"):
        monkeypatch.delenv(name, raising=False)
    return made


def deploy(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    """A command that goes well, told this by its environment and nothing else."""
    with monkeypatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(name, value)
        with remembered.keeping(read()) as settings:
            pass
    return settings


def test_what_a_deploy_was_told_counts_for_the_next_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "https://minitwit.example.org"
    deploy(monkeypatch, SECURE_COOKIES="true", TRUSTED_PROXIES="10.0.0.30", URL=f"{url}/")
    later = deploy(monkeypatch)
    assert later.variables["SECURE_COOKIES"] == "true"
    assert later.variables["TRUSTED_PROXIES"] == "10.0.0.30"
    assert later.url == url
    assert list(metrics.public(later.url)) == [url]


def test_the_environment_overrides_and_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(monkeypatch, LOG_LEVEL="DEBUG", WEB_REPLICAS="3")
    deploy(monkeypatch, LOG_LEVEL="WARNING")
    assert deploy(monkeypatch).variables == {"LOG_LEVEL": "WARNING", "WEB_REPLICAS": "3"}


def test_an_empty_variable_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(monkeypatch, GATEWAY_PORT="8080", WEB_REPLICAS="3")
    assert deploy(monkeypatch, GATEWAY_PORT="").port == 80
    assert deploy(monkeypatch).variables == {"WEB_REPLICAS": "3"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("GATEWAY_PORT", port) for port in ("²", "0", "65536", "80a", "-1")),
        *(("URL", url) for url in ("minitwit.example", "ftp://a", "https://", "http://a b")),
        *(("ACCESS_TOKEN_SECONDS", number) for number in ("0", "five", "1.5")),
        ("POSTGRES_CONNECTIONS", "many"),
        ("WEB_REPLICAS", "-1"),
        ("BACKUP_WAL", "yes"),
        *(("BACKUP_TIME", time) for time in ("25:00", "3", "3 am", "03:60", "03:00:00")),
    ],
)
def test_what_can_be_no_setting_is_refused_and_not_remembered(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(Trouble, match=f"{name}={value} is no "):
        deploy(monkeypatch, **{name: value})
    assert not engine.known


def test_a_stack_that_remembers_nothing_has_the_defaults(engine: Engine) -> None:
    with remembered.keeping(read()) as settings:
        assert settings == Settings("minitwit", "", 80, "http://127.0.0.1:80")
    assert not engine.known


def test_another_stack_remembers_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(monkeypatch, LOG_LEVEL="DEBUG")
    assert deploy(monkeypatch, STACK="other", WEB_REPLICAS="3").variables == {"WEB_REPLICAS": "3"}
    assert deploy(monkeypatch).variables == {"LOG_LEVEL": "DEBUG"}


def test_what_failed_is_not_remembered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(monkeypatch, LOG_LEVEL="INFO")
    monkeypatch.setenv("LOG_LEVEL", "CHATTY")
    with pytest.raises(ZeroDivisionError), remembered.keeping(read()):
        raise ZeroDivisionError
    assert "not remembered" in capsys.readouterr().out
    monkeypatch.delenv("LOG_LEVEL")
    assert remembered.recall(read()).variables == {"LOG_LEVEL": "INFO"}


def test_the_newest_settings_count_even_if_they_were_used_before(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    for level in ("INFO", "DEBUG", "INFO"):
        deploy(monkeypatch, LOG_LEVEL=level)
    assert deploy(monkeypatch).variables == {"LOG_LEVEL": "INFO"}
    assert len(engine.known) == 1


def test_older_memories_that_were_left_are_no_obstacle(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(secrets, "run", lambda *_: None)
        for level in ("INFO", "DEBUG"):
            deploy(monkeypatch, LOG_LEVEL=level)
    assert len(engine.known) == 2
    deploy(monkeypatch, LOG_LEVEL="INFO")
    assert deploy(monkeypatch).variables == {"LOG_LEVEL": "INFO"}


def test_a_setting_that_another_release_knew_is_left_out(engine: Engine) -> None:
    value = '{"LOG_LEVEL": "DEBUG", "PATH": "/nowhere"}'
    secrets.create(read(), remembered.PURPOSE, value, kind="config")
    assert remembered.recall(read()).variables == {"LOG_LEVEL": "DEBUG"}


def test_it_is_told_what_is_set_and_what_changes() -> None:
    before = {"LOG_LEVEL": "DEBUG", "WEB_REPLICAS": "3", "URL": "https://a"}
    now = {"WEB_REPLICAS": "4", "URL": "https://a", "SECURE_COOKIES": "true"}
    assert list(remembered.differences(before, now)) == [
        "URL=https://a",
        "LOG_LEVEL has its default again (was DEBUG)",
        "SECURE_COOKIES=true (new)",
        "WEB_REPLICAS=4 (was 3)",
    ]


def test_the_stack_is_told_what_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings("minitwit", "", 80, "", {"LOG_LEVEL": "DEBUG", "WEB_REPLICAS": "3"})
    given: dict[str, str] = {}
    monkeypatch.setattr(secrets, "variables", lambda _: {"SECRET_COOKIE_KEYS": "a-name"})
    monkeypatch.setattr(stack, "filled", lambda _, variables: given.update(variables))
    stack.rendered(settings, {"web": "web:1"})
    assert given.items() >= {**settings.variables, "WEB_IMAGE": "web:1"}.items()


@pytest.mark.parametrize(
    ("before", "now", "longest"), [("60", "900", 900), ("900", "60", 900), ("", "60", 300)]
)
def test_a_new_signing_key_waits_as_long_as_tokens_live(
    before: str, now: str, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(monkeypatch, ACCESS_TOKEN_SECONDS=before)
    slept: list[float] = []
    monkeypatch.setattr(rotate.time, "sleep", slept.append)
    monkeypatch.setattr(rotate, "_document", lambda _: '{"keys": []}')
    monkeypatch.setattr(rotate, "_roll", lambda *_: None)
    settings = Settings("minitwit", "", 80, "", {"ACCESS_TOKEN_SECONDS": now})
    monkeypatch.setattr(secrets, "create", lambda *_, **__: "a-name")
    rotate.rotate_signing_key(settings)
    assert slept == [longest + rotate.MARGIN_SECONDS]


@pytest.mark.parametrize(
    ("name", "value", "url"),
    [("URL", "https://b", "https://b"), ("GATEWAY_PORT", "8080", "http://127.0.0.1:8080")],
)
def test_a_smoke_test_with_a_given_address_needs_no_engine(
    name: str, value: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked: list[str] = []
    monkeypatch.setattr(smoke, "main_at", walked.append)
    deploy(monkeypatch, URL="https://a")
    smoke.main()
    monkeypatch.setattr(secrets, "current", pytest.fail)
    monkeypatch.setenv(name, value)
    smoke.main()
    assert walked == ["https://a", url]


def test_each_variable_of_a_stack_is_remembered_or_derived() -> None:
    files = [path.read_text(encoding="utf-8") for path in ROOT.glob("docker-stack*.yml")]
    known = set(re.findall(r"\$\{(\w+)", "".join(files)))
    settings = {name for name in known if not re.fullmatch(r"\w+_IMAGE|(SECRET|CONFIG)_\w+", name)}
    assert settings - DERIVED - FOR_NOW == set(REMEMBERED) - NO_VARIABLES


def test_every_command_that_renders_a_stack_remembers() -> None:
    sources = {path.stem: path.read_text(encoding="utf-8") for path in SWARM.glob("*.py")}
    render = {name for name, text in sources.items() if re.search(r"stack\.(rendered|fill)", text)}
    # `backups` renders for those that import it.
    commands = render - {"stack", "backups"} | {"backup", "restore"}
    assert commands >= {"deploy", "rotate", "metrics", "ship"}
    assert [name for name in commands if "remembered.keeping(" not in sources[name]] == []
