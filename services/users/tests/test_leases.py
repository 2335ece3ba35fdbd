"""What users says about all sessions at once: a revision, and a lease on its validity."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, text, update
from sqlalchemy.orm import Session

from users import passwords, sessions
from users.models import LoginSession, db, replace_hash

Ending = Callable[[str], Any]
ENDINGS = ("log_out", "log_out_everywhere", "change_password")


@pytest.fixture
def bob(visitor: Any) -> Any:
    """Somebody whose session nobody ends."""
    bob = visitor("bob")
    bob.register()
    return bob


@pytest.fixture
def revision(bob: Any) -> Callable[[], str]:
    """What is told at the moment."""
    token = bob.log_in()
    return lambda: str(bob.trade(token).json["revision"])


@pytest.fixture
def end(client: FlaskClient, ada: Any) -> dict[str, Ending]:
    """The ways to end one of ada's sessions, or more, by the access that one of them gave."""

    def change_password(access: Any) -> Any:
        body = {"current_password": ada.password, "new_password": ada.password}
        return client.post("/v1/password", headers=access, json=body)

    return {
        "log_out": lambda access: client.delete("/v1/sessions/current", headers=access),
        "log_out_everywhere": lambda access: client.delete("/v1/sessions", headers=access),
        "change_password": change_password,
    }


@pytest.mark.parametrize("way", ENDINGS)
def test_the_revision_changes_with_each_session_that_is_ended(
    ada: Any, revision: Callable[[], str], end: dict[str, Ending], way: str
) -> None:
    told = [revision()]
    for _ in range(2):
        here, _there = ada.log_in(), ada.log_in()
        assert end[way](ada.access(here)).status_code == 204
        told.append(revision())
    assert len(set(told)) == len(told)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM users.sessions WHERE account_id = :id",
        "DELETE FROM users.accounts WHERE id = :id",
        "UPDATE users.sessions SET expires_at = now() WHERE account_id = :id",
    ],
)
def test_the_revision_also_changes_when_sessions_are_ended_by_hand(
    ada: Any, session: Session, revision: Callable[[], str], statement: str
) -> None:
    before = revision()
    number = ada.trade(ada.log_in()).json["id"]
    session.execute(text(statement), {"id": number})
    session.commit()
    assert revision() != before


def test_the_revision_stays_when_sessions_begin_or_expire(
    ada: Any, session: Session, revision: Callable[[], str], end: dict[str, Ending]
) -> None:
    number = ada.trade(ada.log_in()).json["id"]
    adas = LoginSession.account_id == number
    session.execute(update(LoginSession).where(adas).values(expires_at=func.now()))
    session.commit()
    before = revision()
    here = ada.log_in()
    assert session.query(LoginSession).where(adas).count() == 1, "the one before is still there"
    session.commit()
    assert ada.trade(here).json["revision"] == revision() == before
    assert end["change_password"](ada.access(here)).status_code == 204
    assert revision() == before


@pytest.mark.parametrize("way", ENDINGS)
def test_ending_a_session_is_confirmed_once_all_leases_are_over(
    ada: Any, monkeypatch: pytest.MonkeyPatch, end: dict[str, Ending], way: str
) -> None:
    here, there = ada.log_in(), ada.log_in()
    lease, access = ada.trade(there).json["lease_seconds"], ada.access(here)
    ended = there if way == "change_password" else here
    waited = []

    def wait(seconds: float) -> None:
        waited.append((seconds, ada.trade(ended).status_code))

    monkeypatch.setattr(sessions, "sleep", wait)
    assert end[way](access).status_code == 204
    assert waited == [(lease, 401)]


def test_a_repeated_request_to_end_a_session_waits_as_well(
    ada: Any, monkeypatch: pytest.MonkeyPatch, end: dict[str, Ending]
) -> None:
    access = ada.access(ada.log_in())
    end["log_out"](access)
    waited: list[float] = []
    monkeypatch.setattr(sessions, "sleep", waited.append)
    assert end["log_out"](access).status_code == 401
    assert waited == [sessions.LEASE_SECONDS]


@pytest.fixture
def in_use(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many database connections were in use each time that somebody waited."""
    noted: list[int] = []
    monkeypatch.setattr(sessions, "sleep", lambda _: noted.append(db.engine.pool.checkedout()))
    return noted


@pytest.mark.parametrize("way", ["log_out", "log_out_everywhere"])
def test_waiting_after_an_ended_session_holds_no_connection(
    ada: Any, end: dict[str, Ending], in_use: list[int], way: str
) -> None:
    access = ada.access(ada.log_in())
    assert [end[each](access).status_code for each in ("log_out", way)] == [204, 401]
    assert in_use == [0, 0]


def test_waiting_after_a_concurrent_password_change_holds_no_connection(
    ada: Any, end: dict[str, Ending], in_use: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace_another(session: Session, account_id: int, old: str, new: str) -> bool:
        return replace_hash(session, account_id, f"not {old}", new)

    monkeypatch.setattr(passwords, "replace_hash", replace_another)
    assert end["change_password"](ada.access(ada.log_in())).status_code == 503
    assert in_use == [0, 0]


def test_a_token_is_to_be_used_no_longer_than_its_session_lives(ada: Any, session: Session) -> None:
    token = ada.log_in()
    soon = func.now() + timedelta(seconds=200)
    session.execute(update(LoginSession).values(expires_at=soon))
    session.commit()
    assert 0 < ada.trade(token).json["expires_in"] <= 200
