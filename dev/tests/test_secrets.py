"""The local system's secrets."""

import json
from pathlib import Path

import pytest

from dev import secrets
from dev.trouble import Trouble


def test_they_are_made_once_and_stay(tmp_path: Path) -> None:
    first = secrets.load(tmp_path, may_create=True)
    key = first.signing_key.read_text()
    again = secrets.load(tmp_path, may_create=False)
    assert again.passwords == first.passwords
    assert again.signing_key.read_text() == key
    assert len(set(first.passwords.values())) == 1 + 2 * len(secrets.SCHEMAS)


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    secrets.load(tmp_path, may_create=True)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_they_do_not_show_when_printed(tmp_path: Path) -> None:
    made = secrets.load(tmp_path, may_create=True)
    assert made.superuser not in repr(made)


def test_the_public_document_names_its_key(tmp_path: Path) -> None:
    made = secrets.load(tmp_path, may_create=True)
    [key] = json.loads(made.public_keys.read_text())["keys"]
    assert (key["kty"], key["crv"]) == ("OKP", "Ed25519")
    assert key["kid"]
    assert "d" not in key


def test_a_missing_one_is_not_replaced_once_there_is_a_database(tmp_path: Path) -> None:
    secrets.load(tmp_path, may_create=True)
    (tmp_path / "users_owner").unlink()
    with pytest.raises(Trouble, match="users_owner is missing"):
        secrets.load(tmp_path, may_create=False)


def test_a_service_that_came_later_gets_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = secrets.load(tmp_path, may_create=True)
    monkeypatch.setattr(secrets, "SCHEMAS", (*secrets.SCHEMAS, "new"))
    again = secrets.load(tmp_path, may_create=False)
    assert again.passwords.keys() - first.passwords.keys() == {"new_owner", "new_service"}
    assert first.passwords.items() <= again.passwords.items()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("postgres", b"", "is empty"),
        ("cookie_keys", b"\xff\xfe", "can't be read"),
        ("signing_key.pem", b"nonsense", "holds no Ed25519 key"),
    ],
)
def test_a_damaged_one_is_named(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    secrets.load(tmp_path, may_create=True)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Trouble, match=f"{name} {words}"):
        secrets.load(tmp_path, may_create=False)
