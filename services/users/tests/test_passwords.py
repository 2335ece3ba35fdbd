"""Changing one's password."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from users import passwords
from users.models import replace_hash


def change(client: FlaskClient, access: dict[str, str], current: Any, new: Any) -> Any:
    body = {"current_password": current, "new_password": new}
    return client.post("/v1/password", headers=access, json=body)


def test_only_the_new_password_works_now(client: FlaskClient, ada: Any, visitor: Any) -> None:
    answer = change(client, ada.access(ada.log_in()), ada.password, "new")
    assert (answer.status_code, answer.data) == (204, b"")
    assert ada.try_to_log_in().json["slug"] == "wrong-password"
    assert visitor("ada", "new").try_to_log_in().status_code == 201


def test_a_changed_password_ends_all_other_sessions(
    client: FlaskClient, ada: Any, visitor: Any
) -> None:
    bob = visitor("bob")
    bob.register()
    bobs, here, there = bob.log_in(), ada.log_in(), ada.log_in()
    change(client, ada.access(here), ada.password, "new")
    assert ada.trade(here).status_code == 201
    assert ada.trade(there).status_code == 401
    assert bob.trade(bobs).status_code == 201


def test_a_repeated_change_is_done_once(client: FlaskClient, ada: Any) -> None:
    """As by a form whose button was pressed twice, or whose answer was lost."""
    here = ada.access(ada.log_in())
    answers = [change(client, here, ada.password, "new") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert change(client, here, ada.password, "another").json["slug"] == "wrong-password"


def test_a_change_repeated_concurrently_is_done_once(
    client: FlaskClient, ada: Any, visitor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ada.access(ada.log_in())

    def replaced_by_another(session: Session, account_id: int, old: str, new: str) -> bool:
        monkeypatch.setattr(passwords, "replace_hash", replace_hash)
        assert replace_hash(session, account_id, old, new)
        session.commit()
        return False

    monkeypatch.setattr(passwords, "replace_hash", replaced_by_another)
    assert change(client, here, ada.password, "new").status_code == 204
    assert visitor("ada", "new").try_to_log_in().status_code == 201


@pytest.mark.parametrize("current", ["wrong", "", None])
def test_the_current_password_is_asked_for(client: FlaskClient, ada: Any, current: Any) -> None:
    here, there = ada.log_in(), ada.log_in()
    answer = change(client, ada.access(here), current, "new")
    assert (answer.status_code, answer.json["slug"]) == (403, "wrong-password")
    assert answer.json["detail"] == "The current password is wrong"
    assert ada.try_to_log_in().status_code == 201
    assert ada.trade(there).status_code == 201


@pytest.mark.parametrize(
    ("new", "detail"),
    [
        ("", "You have to enter a password"),
        (None, "You have to enter a password"),
        ("1234567", "Your password needs at least 8 characters"),
    ],
)
def test_the_new_password_must_be_one(ada: Any, make_client: Any, new: Any, detail: str) -> None:
    client = make_client(password_min_length=8)
    answer = change(client, ada.access(ada.log_in()), ada.password, new)
    assert (answer.status_code, answer.json["slug"]) == (400, "invalid-password")
    assert answer.json["detail"] == detail


def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient, ada: Any) -> None:
    answer: Any = client.post("/v1/password", headers=ada.access(ada.log_in()), data=b"{")
    assert (answer.status_code, answer.json["slug"]) == (400, "bad-request")
