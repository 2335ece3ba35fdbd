"""How a command is ended, and how an engine that can't be asked is told from one that says no."""

import os
import signal
from collections.abc import Iterator
from subprocess import CompletedProcess

import pytest

from infra.swarm import docker
from infra.swarm.docker import DockerFailed, exit_status


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """A command's own handlers end with the test."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_ended_cleans_up(number: signal.Signals) -> None:
    """Also where its terminal is closed: else it would leave its lock behind."""
    done: list[str] = []

    def work() -> None:
        try:
            os.kill(os.getpid(), number)
        finally:
            done.append("cleaned up")

    signal.signal(number, lambda *_: done.append("left as it was"))
    assert exit_status(work) == 130
    assert done == ["cleaned up"]


def test_a_command_that_outlives_its_terminal_on_purpose_goes_on() -> None:
    """As with nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert exit_status(lambda: os.kill(os.getpid(), signal.SIGHUP)) == 0


@pytest.mark.parametrize(
    "complaint", ["Error: No such service: web", "Error response from daemon: config it not found"]
)
def test_what_does_not_exist_is_left_out(complaint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "run", lambda *_: CompletedProcess(_, 1, "[]", complaint))
    assert docker.inspect("service", "web") == []


@pytest.mark.parametrize(
    ("kind", "asked"),
    [("config", ("config", "inspect")), ("service", ("inspect", "--type", "service"))],
)
def test_things_are_inspected_as_they_are_and_by_older_commands_too(
    kind: str, asked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`docker service inspect` adds defaults, so that a service seems to differ from its tasks."""
    ran: list[tuple[str, ...]] = []

    def run(*words: str) -> "CompletedProcess[str]":
        ran.append(words)
        return CompletedProcess(words, 0, '[{"ID": "1"}]', "")

    monkeypatch.setattr(docker, "run", run)
    assert docker.inspect(kind, "it") == [{"ID": "1"}]
    assert ran == [(*asked, "it")]


@pytest.mark.parametrize(
    "complaint",
    [
        "Cannot connect to the Docker daemon at tcp://10.0.0.1:2375. Is the docker daemon running?",
        "error during connect: Get http://docker/v1/services/web: command [ssh -- node1 docker "
        "system dial-stdio] has exited with status 127, stderr=bash: docker: command not found",
    ],
)
def test_an_engine_that_is_not_reached_does_not_pass_for_one_that_has_nothing(
    complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker, "run", lambda *_: CompletedProcess(_, 1, "", complaint))
    with pytest.raises(DockerFailed, match=r"docker inspect: .*connect"):
        docker.inspect("service", "web")
