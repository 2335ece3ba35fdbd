"""What comes of a job's output, which the engine does not hand out at once."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from subprocess import CompletedProcess

import pytest

from infra.logs.keys import sealed
from infra.swarm import backups, docker, doctor, jobs, rollout, secrets, ship, tasks
from infra.swarm.docker import DockerFailed
from infra.swarm.jobs import Job
from infra.swarm.rollout import View
from infra.swarm.settings import Settings
from infra.swarm.tasks import Task
from infra.trouble import Trouble
from tests.system import PATIENCE

SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1")
ENDED = Task("one", "node", "complete", "shutdown", "", {"Image": "web"}, "2026-11-25T10:00")
ASKED = tasks.of
UP = View({"Spec": {"TaskTemplate": {"ContainerSpec": {"Image": "web"}}}}, [])


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every job ends well; the engine hands its output out as a test says."""
    monkeypatch.setattr(jobs, "docker", lambda *_: "")
    monkeypatch.setattr(jobs, "run", lambda *_: None)
    monkeypatch.setattr(tasks, "of", lambda _: [ENDED])
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(docker, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(jobs, "LOG_SECONDS", PATIENCE)
    return monkeypatch


def hand_out(engine: pytest.MonkeyPatch, *answers: tuple[int, str]) -> Iterator[tuple[int, str]]:
    """Status and standard output, one after the other; those that nobody has asked for."""
    left = iter(answers)

    def output(task: str) -> CompletedProcess[str]:
        status, text = next(left)
        return CompletedProcess(task, status, text, "a warning of the engine's")

    engine.setattr(jobs, "output", output)
    return left


def hand_out_nothing(engine: pytest.MonkeyPatch) -> None:
    engine.setattr(jobs, "LOG_SECONDS", 0.0)
    hand_out(engine, (0, ""))


def test_what_a_job_prints_is_waited_for_until_it_is_whole(engine: pytest.MonkeyPatch) -> None:
    left = hand_out(engine, (0, ""), (1, "one\n"), (0, "one\ntwo\n"))
    assert jobs.perform(SETTINGS, Job("job", "web", (), prints=True)) == "one\ntwo\n"
    assert list(left) == []


@pytest.mark.parametrize(
    ("variables", "environment"), [({}, "production"), ({"ENVIRONMENT": "staging"}, "staging")]
)
def test_a_job_logs_as_of_its_stacks_environment(
    engine: pytest.MonkeyPatch, variables: dict[str, str], environment: str
) -> None:
    commands: list[tuple[str, ...]] = []
    engine.setattr(jobs, "docker", lambda *words: commands.append(words))
    jobs.perform(replace(SETTINGS, variables=variables), Job("migrate", "users", ()))
    assert f"MINITWIT_ENVIRONMENT={environment}" in commands[0]


def test_nobody_waits_for_the_output_of_a_job_that_prints_nothing(
    engine: pytest.MonkeyPatch,
) -> None:
    left = hand_out(engine, (0, ""))
    assert jobs.perform(SETTINGS, Job("job", "web", ())) == ""
    assert list(left) == [(0, "")]


def tasks_of(engine: pytest.MonkeyPatch, *answers: list[Task] | DockerFailed) -> None:
    """What the engine knows of a job's tasks, one time after the other."""
    left = iter(answers)

    def of(_: str) -> list[Task]:
        if isinstance(answer := next(left), DockerFailed):
            raise answer
        return answer

    engine.setattr(tasks, "of", of)


def test_a_job_outlives_a_connection_to_the_engine(engine: pytest.MonkeyPatch) -> None:
    lost = DockerFailed("docker inspect: connection reset by peer")
    tasks_of(engine, lost, [replace(ENDED, state="running")], lost, [ENDED])
    assert jobs.perform(SETTINGS, Job("restore", "backup", ())) == ""


def test_an_engine_that_stays_away_is_told_of(engine: pytest.MonkeyPatch) -> None:
    engine.setattr(docker, "SILENCE_SECONDS", 0.0)
    engine.setattr(tasks, "of", ASKED)
    engine.setattr(tasks, "run", lambda *_: CompletedProcess(_, 1, "", "no route to host"))
    with pytest.raises(DockerFailed, match="no route to host"):
        jobs.perform(SETTINGS, Job("restore", "backup", (), patience=0.0))


def test_a_job_is_removed_even_if_it_is_interrupted_while_it_is_created(
    engine: pytest.MonkeyPatch,
) -> None:
    """Else a migration would go on with nobody watching, and its service stay for good."""
    made: list[str] = []

    def create(*words: str) -> None:
        made.append(words[words.index("--name") + 1])
        raise KeyboardInterrupt

    engine.setattr(jobs, "docker", create)
    engine.setattr(jobs, "run", lambda *words: made.remove(words[-1]))
    with pytest.raises(KeyboardInterrupt):
        jobs.perform(SETTINGS, Job("migrate", "users", ()))
    assert made == []


def test_a_service_that_is_not_there_has_no_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    complaint = "no such service: minitwit_web"
    monkeypatch.setattr(tasks, "run", lambda *_: CompletedProcess(_, 1, "", complaint))
    assert tasks.of("minitwit_web") == []


@pytest.fixture
def doctors(engine: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An engine where every service is up, as far as the swarm knows."""
    engine.setattr(doctor, "_swarm", lambda _: [])
    engine.setattr(doctor, "_part", lambda *_: [])
    engine.setattr(doctor, "_beside", lambda *_: [])
    engine.setattr(doctor.lock, "holder", lambda _: "")
    engine.setattr(doctor, "inspect", lambda *_: [])
    engine.setattr(tasks, "nodes", list)
    engine.setattr(secrets, "current", lambda *_: {})
    engine.setattr(rollout, "look", lambda _: UP)
    return engine


def test_the_doctor_says_that_it_has_not_heard_the_replicas(doctors: pytest.MonkeyPatch) -> None:
    hand_out_nothing(doctors)
    (found,) = doctor.examine(SETTINGS)
    assert "does not hand out" in found


def test_the_doctor_says_what_it_found_though_no_replica_can_be_asked(
    doctors: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    doctors.setattr(doctor, "_swarm", lambda _: ["node two: takes no tasks"])
    doctors.setattr(tasks, "of", lambda _: [replace(ENDED, state="rejected", error="no room")])
    doctors.setattr(jobs, "LOG_SECONDS", 0.0)
    doctors.setattr(tasks, "last_words", lambda _: "")
    with pytest.raises(Trouble, match="2 things"):
        doctor.main()
    out = capsys.readouterr().out
    assert "node two: takes no tasks" in out
    assert "none could be asked: probe failed: no room" in out


def test_a_command_on_backups_says_that_its_line_is_lost(engine: pytest.MonkeyPatch) -> None:
    engine.setattr(secrets, "current", lambda *_: {})
    hand_out_nothing(engine)
    assert "backup-drill went well" in backups.perform(SETTINGS, "backup", "drill", {})


@pytest.mark.parametrize(
    ("there", "asked", "lost"),
    [
        ({}, "filebeat,watch", "watch"),
        ({"watch-key": {}}, "filebeat", ""),
        ({"filebeat-key": {}}, "watch", "watch"),
    ],
)
def test_a_key_that_does_not_come_back_is_trouble(
    engine: pytest.MonkeyPatch, there: secrets.Objects, asked: str, lost: str
) -> None:
    """One that is there is not made anew, and one that comes is kept."""
    made: list[tuple[str, str]] = []
    engine.setattr(secrets, "current", lambda *_: there)
    engine.setattr(secrets, "create", lambda _, *variables: made.append(variables))

    def provisioned(_logs: Settings, _image: str, variables: dict[str, str]) -> str:
        assert variables["MINITWIT_KEYS"] == asked
        key = f"key: filebeat {sealed(variables['MINITWIT_SEAL'], 'a:b')}\n"
        return f"role: minitwit-writer\n{key if 'filebeat' in asked else ''}"

    engine.setattr(ship, "provisioned", provisioned)
    with pytest.raises(Trouble, match=f"these keys: {lost};") if lost else nullcontext():
        ship.make_keys(SETTINGS, "logs")
    assert made == ([("filebeat-key", "a:b")] if "filebeat" in asked else [])


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("schema is at 0001", "its schema is behind"),
        ("database: OperationalError", "its database does not answer"),
        (
            'database: password authentication failed for user "users_service"',
            "the database refuses its password: run again what stopped half way, a restore or a",
        ),
        ('database: role "users_service" is not permitted to log in', "it is locked out"),
        ("database: sorry, too many clients already", "the database has no connection left"),
    ],
)
def test_the_doctor_says_which_replica_cannot_serve_and_what_to_do(
    engine: pytest.MonkeyPatch, reason: str, advice: str
) -> None:
    engine.setattr(rollout, "look", lambda _: UP)
    said = {"service": "users", "address": "10.0.0.2", "status": 503, "reason": reason}
    hand_out(engine, (0, json.dumps([said | {"status": 200}, said]) + "\n"))
    (found,) = doctor._ready(SETTINGS, ["users"])
    assert found.startswith(f"users at 10.0.0.2: can't serve ({reason}); {advice}")
