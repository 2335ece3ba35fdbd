"""Logins at the same moment as something else happens to the same rows."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, select, update
from sqlalchemy.orm import Session

from chassis.testing import Keys, waiting
from chassis.tokens import Identity, Verifier
from tests.system import PATIENCE, eventually
from users import passwords, sessions
from users.config import Config
from users.hashing import Hasher
from users.models import LoginSession


@pytest.fixture
def patient(config: Config) -> Iterator[Engine]:
    """Connections without the service's timeouts: what waits for a lock waits until it is free."""
    engine = create_engine(config.database_url)
    yield engine
    engine.dispose()


def test_a_password_that_changes_while_a_session_starts_ends_that_session_too(
    ada: Any, visitor: Any, keys: Keys, patient: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = ada.trade(ada.log_in()).json["access_token"]
    who, digest = Verifier(keys.jwks).verify(access), sessions._digest
    changes: list[Future[None]] = []

    def change(who: Identity) -> None:
        with Session(patient) as session:
            passwords.change(session, Hasher(1, checks=1), who, ada.password, "new")

    with ThreadPoolExecutor(1) as somebody, patient.connect() as watch:

        def change_meanwhile(token: str) -> bytes:
            """After the look at the password, before the session is there."""
            monkeypatch.setattr(sessions, "_digest", digest)
            changes.append(somebody.submit(change, who))
            eventually(lambda: changes[0].done() or waiting(watch))
            return digest(token)

        monkeypatch.setattr(sessions, "_digest", change_meanwhile)
        token = ada.log_in()
        changes[0].result(PATIENCE)
    assert ada.trade(token).status_code == 401
    assert visitor("ada", "new").try_to_log_in().status_code == 201


def test_a_login_does_not_wait_for_expired_sessions_locked_by_others(
    ada: Any, patient: Engine
) -> None:
    expired = ada.log_in()
    with patient.begin() as holder:
        holder.execute(update(LoginSession).values(expires_at=func.now()))
    with patient.begin() as holder:
        holder.execute(select(LoginSession.id).with_for_update()).one()
        assert ada.try_to_log_in().status_code == 201
        assert holder.execute(select(func.count(LoginSession.id))).scalar_one() == 2
    assert ada.trade(expired).status_code == 401
