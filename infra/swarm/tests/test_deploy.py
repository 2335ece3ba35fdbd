"""What a deploy holds a change responsible for, and what it refuses before anything changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from infra.swarm import (
    database,
    deploy,
    files,
    images,
    remembered,
    rollout,
    secrets,
    smoke,
    stack,
    tasks,
)
from infra.swarm.settings import PARTS, Settings
from infra.trouble import Trouble

SETTINGS = Settings("minitwit", "", 80, "http://127.0.0.1:80")
HERE, ELSEWHERE = "unix:///var/run/docker.sock", "ssh://root@node1"


class Site:
    """A stack whose parts can be updated, and whose users find something wrong, or nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_broken = self.breaks = False
        self.hiccups = 0
        self.settings = SETTINGS
        self.changed: list[str] = []
        self.rolled_back: list[str] = []
        self.made: list[str] = []
        self.is_remembered = False
        for step in ("check_swarm", "check_address", "_check_neighbours", "postgres_image"):
            monkeypatch.setattr(deploy, step, lambda *_, **__: None)
        monkeypatch.setattr(deploy, "running_images", lambda _: dict.fromkeys(PARTS, "an image"))
        monkeypatch.setattr(deploy, "make_database", lambda *_: self._change("database"))
        monkeypatch.setattr(deploy, "is_whole", lambda _: True)
        monkeypatch.setattr(deploy, "roll", lambda _, __, part: self._change(part))
        monkeypatch.setattr(deploy, "_log", lambda _: "")
        monkeypatch.setattr(database, "bootstrap", lambda _, schema, __: self.made.append(schema))
        monkeypatch.setattr(database, "migrate", lambda *_: None)
        monkeypatch.setattr(files, "forget", lambda *_: None)
        monkeypatch.setattr(remembered, "keeping", self._remembering)
        monkeypatch.setattr(remembered, "variables", lambda _: SETTINGS.variables)
        monkeypatch.setattr(rollout, "why_no_rollback", lambda _: "")
        monkeypatch.setattr(rollout, "roll_back", self.rolled_back.append)
        monkeypatch.setattr(smoke, "test", self._walk)
        monkeypatch.setattr(stack, "rendered", lambda *_: {})

    def _change(self, part: str) -> bool:
        self.changed.append(part)
        self.is_broken = self.is_broken or self.breaks
        return True

    def _walk(self, url: str) -> None:
        self.hiccups -= 1
        if self.is_broken or self.hiccups >= 0 or url != SETTINGS.url:
            raise Trouble("Smoke test: POST /add_message gave 503.")

    @contextmanager
    def _remembering(self, _settings: Settings) -> Iterator[Settings]:
        yield self.settings
        self.is_remembered = True


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("SERVICE", "web")
    return Site(monkeypatch)


@pytest.fixture
def whole_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Where all parts are meant."""
    monkeypatch.delenv("SERVICE")
    return site


def test_a_change_that_breaks_the_site_is_rolled_back(site: Site) -> None:
    site.breaks = True
    with pytest.raises(Trouble, match="web was rolled back"):
        deploy.main(keep=True)
    assert site.rolled_back == ["minitwit_web"]


@pytest.mark.parametrize(("known", "made"), [(PARTS, []), (("web", "users"), ["messages"])])
def test_a_service_that_is_new_gets_its_schema_even_if_it_comes_alone(
    site: Site, monkeypatch: pytest.MonkeyPatch, known: tuple[str, ...], made: list[str]
) -> None:
    monkeypatch.setenv("SERVICE", "messages")
    monkeypatch.setattr(deploy, "running_images", lambda _: dict.fromkeys(known, "an image"))
    monkeypatch.setattr(images, "image", lambda *_: "an image")
    deploy.main()
    assert (site.made, site.changed) == (made, ["messages"])


def test_a_change_is_not_rolled_back_for_what_was_broken_before(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be what mends half of it; what it was told counts when all is well."""
    site.is_broken = True
    with pytest.raises(Trouble, match="gave 503"):
        deploy.main(keep=True)
    assert (site.changed, site.rolled_back, site.is_remembered) == (["web"], [], False)
    assert "It was so before anything changed" in capsys.readouterr().out


def test_a_fault_since_the_database_step_counts_as_this_deploys(
    whole_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    whole_site.breaks = True
    with pytest.raises(Trouble, match="users was rolled back"):
        deploy.main(keep=True)
    assert whole_site.changed == ["database", "users"]
    assert "before anything changed" not in capsys.readouterr().out


def test_one_request_that_goes_wrong_does_not_leave_a_change_unproved(site: Site) -> None:
    site.hiccups, site.breaks = 1, True
    with pytest.raises(Trouble, match="web was rolled back"):
        deploy.main(keep=True)


def test_a_new_address_at_which_nothing_answers_is_refused_before_anything_changes(
    whole_site: Site,
) -> None:
    elsewhere = {"URL": "https://minitwitt.example"}
    whole_site.settings = replace(SETTINGS, url=elsewhere["URL"], variables=elsewhere)
    with pytest.raises(Trouble, match="URL is new; nothing was changed"):
        deploy.main(keep=True)
    assert (whole_site.changed, whole_site.is_remembered) == ([], False)


def test_a_change_of_a_good_site_is_proved(site: Site) -> None:
    deploy.main(keep=True)
    assert (site.changed, site.rolled_back, site.is_remembered) == (["web"], [], True)


@pytest.mark.parametrize(
    ("engine", "variables", "is_refused"),
    [
        (HERE, {}, False),
        ("tcp://127.0.0.1:2375", {}, False),
        (ELSEWHERE, {}, True),
        (ELSEWHERE, {"URL": "https://minitwit.example"}, False),
    ],
)
def test_an_engine_elsewhere_needs_an_explicit_url(
    engine: str, variables: dict[str, str], is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "engine", lambda: engine)
    settings = Settings("minitwit", "", 80, "http://127.0.0.1:80", variables)
    if not is_refused:
        deploy.check_address(settings)
        return
    with pytest.raises(Trouble, match=f"URL must say .* {ELSEWHERE}"):
        deploy.check_address(settings)


def test_registry_is_required_only_when_building_for_several_nodes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "check_label", lambda *_: None)
    monkeypatch.setattr(deploy, "is_manager", lambda: True)
    monkeypatch.setattr(secrets, "current", lambda *_: {})
    monkeypatch.setattr(secrets, "variables", lambda _: {})
    monkeypatch.setattr(secrets, "has_own_cluster", lambda _: True)
    monkeypatch.setattr(tasks, "nodes", lambda: ["node1", "node2"])
    deploy.check_swarm(SETTINGS)
    with pytest.raises(Trouble, match="REGISTRY must name"):
        deploy.check_swarm(SETTINGS, "backup")
    monkeypatch.setenv("BACKUP_IMAGE", "registry/backup@sha256:1")
    deploy.check_swarm(SETTINGS, "backup")


@pytest.mark.parametrize("labels", [{}, {deploy.LABEL: "false"}])
def test_a_node_must_be_chosen_for_the_database(
    labels: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "is_manager", lambda: True)
    monkeypatch.setattr(secrets, "current", lambda *_: {})
    monkeypatch.setattr(secrets, "variables", lambda _: {})
    monkeypatch.setattr(secrets, "has_own_cluster", lambda _: True)
    node = {"Spec": {"Labels": labels}}
    monkeypatch.setattr(tasks, "lines", lambda *_: ["id"])
    monkeypatch.setattr(tasks, "inspect", lambda *_: [node])
    with pytest.raises(Trouble, match=r"hold the database's files: .*minitwit\.postgres=true"):
        deploy.check_swarm(SETTINGS)
