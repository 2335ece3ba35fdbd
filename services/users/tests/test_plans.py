"""Among 20,000 accounts with sessions, no statement on a request's way reads a whole table."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from chassis import testing
from chassis.testing import Sent, nodes
from users.models import db

FILL = """
    INSERT INTO users.accounts (name, email, password_hash)
    SELECT 'n' || n, 'a@b', 'x' FROM generate_series(1, 20000) n;
    INSERT INTO users.sessions (account_id, token_hash, expires_at)
    SELECT id, sha256(id::text::bytea), now() + interval '1 day' FROM users.accounts
"""


@pytest.fixture
def owner(database_urls: Any) -> Iterator[Connection]:
    """Who may gather statistics."""
    url = database_urls["users"].owner_url
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def crowd(client: FlaskClient, ada: Any, owner: Connection) -> Iterator[None]:
    owner.execute(text(FILL))
    owner.execute(text("VACUUM ANALYZE users.accounts, users.sessions"))
    yield
    owner.execute(text("TRUNCATE users.accounts, users.sessions"))


def scans(owner: Connection, statement: Sent) -> set[str]:
    """How a statement reads tables, but for the one that has one row at most."""
    return {
        node["Node Type"]
        for node in nodes(statement.plan(owner))
        if node["Node Type"].endswith("Scan") and node.get("Relation Name") != "revocations"
    }


@pytest.mark.usefixtures("crowd")
def test_names_and_sessions_are_found_by_an_index(
    app: Flask, client: FlaskClient, ada: Any, owner: Connection
) -> None:
    token = ada.log_in()
    with app.app_context(), testing.recorded(db) as sent:
        assert client.get("/v1/users/by-name/n7").status_code == 200
        assert ada.trade(token).status_code == 201
    assert [each.autocommit for each in sent] == [True, True]
    assert [scans(owner, each) for each in sent] == [{"Index Scan"}] * 2


@pytest.mark.usefixtures("crowd")
def test_a_login_finds_what_has_expired_by_an_index(
    app: Flask, ada: Any, owner: Connection
) -> None:
    with app.app_context(), testing.recorded(db) as sent:
        ada.log_in()
    (sweep,) = (each for each in sent if each.sql.startswith("DELETE"))
    assert "Index Scan" in scans(owner, sweep)
    assert not any("Seq Scan" in scans(owner, each) for each in sent)
