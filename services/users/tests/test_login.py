"""Logging in: the answers, what is kept of a session, and passwords that change meanwhile."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from nacl.pwhash import argon2id
from sqlalchemy import func, update

from chassis.errors import TryLater
from users import login, passwords, sessions
from users.errors import WrongCurrentPassword, WrongPassword
from users.hashing import Hasher
from users.models import Account, LoginSession, run

contract = pytest.mark.contract
DAY = timedelta(days=1)


def test_a_login_starts_a_session(ada: Any) -> None:
    answer = ada.try_to_log_in()
    assert answer.status_code == 201
    assert set(answer.json) == {"id", "name", "session_token"}
    assert answer.json["name"] == "ada"


def test_each_login_is_a_session_of_its_own(ada: Any) -> None:
    assert ada.log_in() != ada.log_in()


@contract("B Errors: `Invalid username`, `Invalid password`")
@pytest.mark.parametrize(
    ("username", "password", "slug", "detail"),
    [
        ("nobody", "x", "unknown-username", "Invalid username"),
        ("ADA", "]=)[X{Km{z", "unknown-username", "Invalid username"),
        ("ada\0", "x", "unknown-username", "Invalid username"),
        ("", "", "unknown-username", "Invalid username"),
        (None, None, "unknown-username", "Invalid username"),
        ("ada", "]=)[X{Km{Z", "wrong-password", "Invalid password"),
        ("ada", "", "wrong-password", "Invalid password"),
        ("ada", "x" * 60_000, "wrong-password", "Invalid password"),
    ],
)
def test_unknown_names_and_wrong_passwords_are_told_apart(
    client: FlaskClient, ada: Any, username: Any, password: Any, slug: str, detail: str
) -> None:
    body = {"username": username, "password": password}
    answer: Any = client.post("/v1/sessions", json=body)
    assert (answer.status_code, answer.json["slug"], answer.json["detail"]) == (401, slug, detail)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient) -> None:
    assert client.post("/v1/sessions", data=b"[]").status_code == 400


def test_only_a_digest_of_the_token_is_kept(ada: Any, session: Any) -> None:
    token = ada.log_in()
    row = session.query(LoginSession).one()
    assert row.token_hash == hashlib.sha256(token.encode()).digest()
    assert len(token) == 43


def test_a_session_ends_after_the_days_that_were_set(
    ada: Any, make_client: Any, session: Any
) -> None:
    ada.client = make_client(session_days=7)
    ada.log_in()
    row = session.query(LoginSession).one()
    assert row.expires_at - row.created_at == timedelta(days=7)


def test_a_login_sweeps_out_a_few_expired_sessions_of_anybody(
    ada: Any, visitor: Any, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "FORGOTTEN", 2)
    bob = visitor("bob")
    bob.register()
    for somebody in (ada, ada, bob):
        somebody.log_in()
    session.execute(update(LoginSession).values(expires_at=func.now()))
    session.commit()
    left = []
    for somebody in (ada, bob, ada):
        somebody.log_in()
        left.append(session.query(LoginSession).count())
        session.commit()
    assert left == [3 - 2 + 1, 2 - 1 + 1, 2 + 1]


def test_a_hash_of_weaker_parameters_is_replaced_at_login(ada: Any, session: Any) -> None:
    weak = argon2id.str(ada.password.encode(), 1, 8192).decode()
    session.execute(update(Account).values(password_hash=weak))
    session.commit()
    assert ada.try_to_log_in().status_code == 201
    session.rollback()
    kept = session.query(Account.password_hash).scalar()
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert ada.try_to_log_in().status_code == 201
    session.commit()
    assert session.query(Account.password_hash).scalar() == kept


class Crowded(Hasher):
    """Has a turn for each check of a password, and none for a new hash."""

    def hash(self, password: str) -> str:
        raise TryLater()


def test_a_login_works_even_if_its_weak_hash_cannot_be_replaced_now(ada: Any, session: Any) -> None:
    weak = argon2id.str(ada.password.encode(), 1, 8192).decode()
    session.execute(update(Account).values(password_hash=weak))
    session.commit()
    logged_in = login.log_in(session, Crowded(1, checks=1), ada.name, ada.password, DAY)
    assert sessions.resume(run, logged_in.session_token).who.name == ada.name
    assert session.query(Account.password_hash).scalar() == weak


class Overtaken(Hasher):
    """While it checks a password, somebody changes it."""

    def __init__(self, session: Any) -> None:
        super().__init__(1, checks=1)
        self.session = session

    def matches(self, kept: str, password: str) -> bool:
        answer = super().matches(kept, password)
        self.session.execute(update(Account).values(password_hash=self.hash("another")))
        self.session.commit()
        return answer


def test_a_password_that_changes_during_the_login_starts_no_session(ada: Any, session: Any) -> None:
    with pytest.raises(TryLater):
        login.log_in(session, Overtaken(session), ada.name, ada.password, DAY)
    assert session.query(LoginSession).count() == 0
    with pytest.raises(WrongPassword):
        login.log_in(session, Hasher(1, checks=1), ada.name, ada.password, DAY)


def test_the_later_of_two_concurrent_password_changes_is_refused(ada: Any, session: Any) -> None:
    who = sessions.resume(run, ada.log_in()).who
    with pytest.raises(WrongCurrentPassword):
        passwords.change(session, Overtaken(session), who, ada.password, "new")
