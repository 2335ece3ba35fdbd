"""How a tunnel to what no node publishes is opened, and closed again."""

import asyncio
from asyncio import StreamReader, StreamWriter
from subprocess import CompletedProcess

import pytest

from infra.swarm import rollout, tunnel
from infra.swarm.docker import exit_status
from infra.swarm.inside import tunnel as inside
from infra.swarm.rollout import View
from infra.swarm.settings import Settings
from infra.trouble import Trouble

SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1")


def opened() -> None:
    tunnel.open_to(SETTINGS, "kibana")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(tunnel, "inspect", lambda *_: [{}])
    container = {"Image": "users:1"}
    running = View({"Spec": {"TaskTemplate": {"ContainerSpec": container}}}, [])
    monkeypatch.setattr(rollout, "look", lambda _: running)
    return monkeypatch


def test_ctrl_c_closes_a_tunnel_in_good_order(
    engine: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is left of it, however long docker takes to tell the engine."""
    there: list[str] = []

    def run(verb: str, *words: str) -> None:
        if verb == "rm":
            there.remove(words[-1])
            return
        there.append(words[words.index("--name") + 1])
        raise KeyboardInterrupt

    engine.setattr(tunnel, "run", run)
    assert exit_status(opened) == 0
    assert there == []
    assert "interrupted" not in (out := capsys.readouterr().out)
    assert out.endswith("The tunnel is closed.\n")


def test_a_tunnel_that_does_not_open_says_why(
    engine: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "port is already allocated"
    engine.setattr(tunnel, "run", lambda *words: CompletedProcess(words, 125, "", reason))
    assert exit_status(opened) == 1
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "network", "made_by"),
    [
        ("kibana", "minitwit-logs_logs", "make ship-logs"),
        *(
            (name, "minitwit-metrics_metrics", "make deploy-metrics")
            for name in ("grafana", "prometheus", "alertmanager")
        ),
    ],
)
def test_a_tunnel_to_what_is_not_up_says_what_puts_it_up(
    name: str, network: str, made_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel, "inspect", lambda *_: [])
    with pytest.raises(Trouble, match=f"no network {network}; `{made_by}`"):
        tunnel.open_to(SETTINGS, name)


def test_a_tunnel_to_what_does_not_run_says_so(
    engine: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.setattr(tunnel, "run", lambda *words: CompletedProcess(words, 0, "", ""))
    opened()
    assert "kibana is not up, so nothing answers until it is" in capsys.readouterr().out
    engine.setattr(View, "right", [object()])
    opened()
    assert "not up" not in capsys.readouterr().out


def test_a_tunnel_needs_no_image_but_one_that_runs(engine: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def run(*words: str) -> CompletedProcess[str]:
        said.extend(words)
        return CompletedProcess(words, 0)

    engine.setattr(tunnel, "run", run)
    opened()
    image, program, option, source, target = said[-5:]
    assert (image, program, option, target) == ("users:1", "python", "-c", "kibana:5601")
    compile(source, "tunnel.py", "exec")


def test_whose_engine_is_elsewhere_is_told_how_to_get_there(
    engine: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the port of ssh, which a host's name alone would lose."""
    engine.setenv("DOCKER_HOST", "ssh://root@node1:2222")
    engine.setattr(tunnel, "run", lambda *words: CompletedProcess(words, 0, "", ""))
    opened()
    assert "ssh -N -L 5601:127.0.0.1:5601 ssh://root@node1:2222\n" in capsys.readouterr().out


async def through(behind: int, said: bytes) -> bytes:
    """What comes back through a tunnel to a port when somebody says something."""
    opened = await inside.serve("127.0.0.1", behind, ("127.0.0.1", 0))
    reader, writer = await asyncio.open_connection(*opened.sockets[0].getsockname())
    writer.write(said)
    answer = await reader.read()
    opened.close()
    return answer


async def shouting(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write((await reader.read(100)).upper())
    await writer.drain()
    writer.close()


def test_a_tunnel_hands_on_what_is_said_on_both_sides() -> None:
    async def talk() -> bytes:
        server = await asyncio.start_server(shouting, "127.0.0.1", 0)
        async with server:
            return await through(server.sockets[0].getsockname()[1], b"hello")

    assert asyncio.run(talk()) == b"HELLO"


def test_a_tunnel_closes_when_nobody_is_behind_it() -> None:
    assert asyncio.run(through(1, b"hello")) == b""
