"""`make rollback` refuses where it would bring the bad version back, or change nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest

from infra.swarm import lock, remembered, rollback, rollout, smoke
from infra.swarm.settings import Settings
from infra.trouble import Trouble

GOOD, BAD = "registry/web@sha256:600d", "registry/web@sha256:bad"


def spec(image: str, **told: Any) -> dict[str, Any]:
    return {"Name": "minitwit_web", "TaskTemplate": {"ContainerSpec": {"Image": image, **told}}}


@pytest.fixture
def rolled_back(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The services that were rolled back."""
    monkeypatch.setenv("SERVICE", "web")
    monkeypatch.setattr(remembered, "variables", lambda _: {})
    monkeypatch.setattr(lock, "alone", nullcontext)
    monkeypatch.setattr(smoke, "main_at", lambda _: None)
    done: list[str] = []
    monkeypatch.setattr(rollout, "roll_back", done.append)
    return done


def there(patch: pytest.MonkeyPatch, now: str, before: str, state: str = "completed") -> None:
    found = {"Spec": spec(now), "PreviousSpec": spec(before), "UpdateStatus": {"State": state}}
    patch.setattr(rollout, "inspect", lambda *_: [found])
    patch.setattr(rollout.tasks, "of", lambda _: [])


def test_it_says_from_what_to_what(
    rolled_back: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there(monkeypatch, BAD, GOOD)
    rollback.main()
    assert rolled_back == ["minitwit_web"]
    assert "minitwit_web: from web@sha256:bad to web@sha256:600d" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "state", "why"),
    [
        (BAD, "rollback_completed", "rolled back already"),
        (BAD, "rollback_paused", "rolled back already"),
        # As after `service update --force`, and after other replicas.
        (GOOD, "completed", "not its image"),
        (GOOD, "", "not its image"),
    ],
)
def test_it_refuses_what_would_not_bring_the_good_one_back(
    rolled_back: list[str], before: str, state: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there(monkeypatch, GOOD, before, state)
    with pytest.raises(Trouble, match=f"{why}.*FORCE=yes.*WEB_IMAGE=.*Error}}}} {{{{.Image}}}}"):
        rollback.main()
    assert rolled_back == []
    monkeypatch.setenv("FORCE", "yes")
    rollback.main()
    assert rolled_back == ["minitwit_web"]


def test_the_state_is_checked_once_the_lock_is_held(
    rolled_back: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a deploy that it waited for took its version back itself."""
    there(monkeypatch, BAD, GOOD, "updating")

    @contextmanager
    def alone(_: Settings) -> Iterator[None]:
        there(monkeypatch, GOOD, BAD, "rollback_completed")
        yield

    monkeypatch.setattr(lock, "alone", alone)
    with pytest.raises(Trouble, match="rolled back already"):
        rollback.main()
    assert rolled_back == []


def test_a_service_that_is_not_there_is_not_taken_for_one_without_a_past(
    rolled_back: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where STACK names another stack."""
    monkeypatch.setattr(rollout, "inspect", lambda *_: [])
    with pytest.raises(Trouble, match="There is no service minitwit_web"):
        rollback.main()


@pytest.mark.parametrize("force", ["", "yes"])
@pytest.mark.parametrize(
    ("previous", "why"),
    [
        ({}, "remembers no earlier version"),
        (spec(GOOD, Secrets=[{"SecretName": "minitwit_cookie-keys_1"}]), "cookie-keys_1"),
        (spec(GOOD, Configs=[{"ConfigName": "minitwit_public-keys_1"}]), "public-keys_1"),
    ],
)
def test_it_refuses_what_can_not_be_done(
    rolled_back: list[str],
    previous: dict[str, Any],
    why: str,
    force: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing forces what the swarm no longer has."""
    found = {"Spec": spec(BAD), "PreviousSpec": previous}
    monkeypatch.setattr(rollout, "inspect", lambda kind, _: [found] if kind == "service" else [])
    monkeypatch.setattr(rollout.tasks, "of", lambda _: [])
    monkeypatch.setenv("FORCE", force)
    with pytest.raises(Trouble, match=f"can't be rolled back: .*{why}.*WEB_IMAGE="):
        rollback.main()
    assert rolled_back == []
