"""Settings and secrets are changed without what this folder holds being deployed."""

from contextlib import nullcontext
from typing import Any

import pytest

from infra.swarm import adjust, deploy, images, remembered, smoke, stack
from infra.swarm.settings import PARTS, Settings
from infra.trouble import Trouble

RUNNING = {part: f"registry/{part}@sha256:runs" for part in (*PARTS, deploy.POSTGRES)}
VERSIONS = {"registry/web@sha256:runs": "1.2.0", "registry/web@sha256:built": "after-1.2.0"}


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The images that the stack is rendered with."""
    got: dict[str, str] = {}

    def rendered(_: Settings, given: dict[str, str]) -> dict[str, Any]:
        got.update(given)
        return {}

    def inspect(_: str, name: str) -> list[dict[str, Any]]:
        variables = [f"MINITWIT_VERSION={VERSIONS[name]}", "MINITWIT_COMMIT=0123456789abcdef"]
        return [{"Config": {"Env": variables}}]

    monkeypatch.setattr(images, "inspect", inspect)
    monkeypatch.setattr(images, "build", lambda *_: pytest.fail("nothing is to be built"))
    monkeypatch.setattr(stack, "rendered", rendered)
    monkeypatch.setattr(remembered, "keeping", nullcontext)
    monkeypatch.setattr(deploy, "running_images", lambda _: RUNNING)
    monkeypatch.setattr(deploy.files, "forget", lambda *_: None)
    for name in ("check_swarm", "check_address", "_check_neighbours", "make_database", "roll"):
        monkeypatch.setattr(deploy, name, lambda *_, **__: None)
    monkeypatch.setattr(deploy, "can_prove", lambda _: True)
    monkeypatch.setattr(deploy.database, "migrate", lambda *_: None)
    monkeypatch.setattr(smoke, "main_at", lambda _: None)
    for part in (*PARTS, deploy.POSTGRES):
        monkeypatch.delenv(f"{part.upper()}_IMAGE", raising=False)
    monkeypatch.delenv("SERVICE", raising=False)
    return got


def test_images_stay_what_they_are(named: dict[str, str]) -> None:
    adjust.main()
    assert named == RUNNING


def test_an_image_that_is_named_replaces_the_one_that_runs(
    named: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE", "web")
    monkeypatch.setenv("WEB_IMAGE", "registry/web@sha256:built")
    adjust.main()
    assert named == RUNNING | {"web": "registry/web@sha256:built"}


def test_what_is_not_deployed_cannot_be_adjusted(
    named: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres = {deploy.POSTGRES: RUNNING[deploy.POSTGRES]}
    monkeypatch.setattr(deploy, "running_images", lambda _: postgres)
    with pytest.raises(Trouble, match="users is not deployed"):
        adjust.main()
    assert named == {}


def test_a_deploy_says_which_version_replaces_which(
    named: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVICE", "web")
    monkeypatch.setenv("WEB_IMAGE", "registry/web@sha256:built")
    deploy.main()
    variables = "web: after-1.2.0 (0123456789ab) replaces 1.2.0 (0123456789ab)"
    assert variables in capsys.readouterr().out
    assert named["web"] == "registry/web@sha256:built"
