"""What a deploy holds a change responsible for, and what it refuses before anything changes."""

from typing import Any

import pytest

from infra.swarm import database, deploy, rollout, secrets, smoke, tasks
from infra.swarm.docker import Trouble
from infra.swarm.settings import Settings

SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1:80")
HERE, ELSEWHERE = "unix:///var/run/docker.sock", "ssh://root@node1"


class Site:
    """A stack whose parts can be updated, and whose users find something wrong, or nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_broken = self.breaks = False
        self.updated: list[str] = []
        self.taken_back: list[str] = []
        monkeypatch.setattr(deploy, "is_whole", lambda _: True)
        monkeypatch.setattr(deploy, "roll", self._roll)
        monkeypatch.setattr(deploy, "_log", lambda _: "")
        monkeypatch.setattr(database, "migrate", lambda *_: None)
        monkeypatch.setattr(smoke, "test", self._walk)
        monkeypatch.setattr(rollout, "can_go_back", lambda _: "")
        monkeypatch.setattr(rollout, "go_back", self.taken_back.append)

    def deploy(self, part: str) -> bool:
        return deploy.deploy(SETTINGS, {}, (part,), {part: "an image"})

    def _roll(self, _settings: Settings, _document: dict[str, Any], part: str) -> bool:
        self.updated.append(part)
        self.is_broken = self.is_broken or self.breaks
        return True

    def _walk(self, _url: str) -> None:
        if self.is_broken:
            raise Trouble("Smoke test: POST /add_message gave 503.")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(monkeypatch)


def test_a_change_that_breaks_the_site_is_taken_back(site: Site) -> None:
    site.breaks = True
    with pytest.raises(Trouble, match="web was taken back"):
        site.deploy("web")
    assert site.taken_back == ["minitwit_web"]


def test_a_change_is_not_taken_back_for_what_was_broken_before(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be what mends half of it."""
    site.is_broken = True
    assert site.deploy("users") is False
    assert (site.updated, site.taken_back) == (["users"], [])
    assert "It was so before anything changed" in capsys.readouterr().out


def test_a_change_of_a_good_site_is_proved(site: Site) -> None:
    assert site.deploy("users") is True
    assert (site.updated, site.taken_back) == (["users"], [])


@pytest.mark.parametrize(
    ("engine", "variables", "is_refused"),
    [
        (HERE, {}, False),
        ("tcp://127.0.0.1:2375", {}, False),
        (ELSEWHERE, {}, True),
        (ELSEWHERE, {"URL": "https://minitwit.example"}, False),
    ],
)
def test_what_runs_elsewhere_is_not_looked_for_here(
    engine: str, variables: dict[str, str], is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "lines", lambda *_: [engine])
    settings = Settings("minitwit", "", 80, "http://127.0.0.1:80", variables)
    if not is_refused:
        deploy.check_address(settings)
        return
    with pytest.raises(Trouble, match=f"URL must say .* {ELSEWHERE}"):
        deploy.check_address(settings)


def test_only_who_builds_has_to_say_from_where_several_nodes_get_images(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node: dict[str, Any] = {"Spec": {"Labels": {"minitwit.postgres": "true"}}}
    monkeypatch.setattr(deploy, "lines", lambda *_: ["true"])
    monkeypatch.setattr(secrets, "current", lambda *_: {})
    monkeypatch.setattr(secrets, "variables", lambda _: {})
    monkeypatch.setattr(secrets, "has_own_cluster", lambda _: True)
    monkeypatch.setattr(tasks, "nodes", lambda: [node, node])
    deploy.check_swarm(SETTINGS, builds=False)
    with pytest.raises(Trouble, match="REGISTRY must name"):
        deploy.check_swarm(SETTINGS)
