"""Guessing passwords holds up nobody else: users runs as a process whose threads are kept busy."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from nacl.pwhash import argon2id
from sqlalchemy import update

import chassis
import users
from tests.people import patient
from tests.system import PATIENCE
from users.config import Config
from users.models import Account

THREADS = 4


@pytest.fixture
def address(config: Config) -> Iterator[str]:
    """Where it is; all of its threads may hash at once."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    folders = [str(Path(package.__path__[0]).parent) for package in (chassis, users)]
    told = {
        "PYTHONPATH": os.pathsep.join(folders),
        "MINITWIT_BIND": address,
        "MINITWIT_THREADS": str(THREADS),
        "MINITWIT_HASH_CONCURRENCY": str(THREADS),
        "MINITWIT_DATABASE_URL": config.database_url,
        "MINITWIT_TOKEN_PUBLIC_KEYS": config.token_public_keys,
        "MINITWIT_TOKEN_SIGNING_KEY": config.token_signing_key,
    }
    command = [sys.executable, "-m", "chassis.serve", "users"]
    process = subprocess.Popen(command, env=told, stdout=subprocess.DEVNULL, start_new_session=True)
    yield address
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def token(ada: Any, session: Any) -> str:
    """That of ada's session; to check her password takes for ever from now on."""
    token: str = ada.log_in()
    kept = argon2id.str(b"x", 1, 8192).decode()
    endless = kept.replace("t=1", f"t={2**32 - 1}")
    session.execute(update(Account).values(password_hash=endless))
    session.commit()
    return token


@contextmanager
def guess(address: str) -> Iterator[socket.socket]:
    """A login that is sent and not waited for."""
    host, port = address.split(":")
    body = b'{"username":"ada","password":"guess"}'
    head = f"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, int(port)), PATIENCE) as connection:
        connection.sendall(head.encode() + body)
        yield connection


def test_guessing_leaves_half_of_the_threads_to_other_requests(address: str, token: str) -> None:
    here, client = f"http://{address}", patient()
    trade = {"Authorization": f"Bearer {token}"}
    account = {"username": "bob", "email": "a@b", "pwd": "x"}
    assert client.get(f"{here}/readyz").status_code == 200
    with ExitStack() as stack:
        guesses = [stack.enter_context(guess(address)) for _ in range(THREADS)]
        refused: list[bytes] = []
        while len(refused) < THREADS // 2:
            answered, _, _ = select.select(guesses, [], [], PATIENCE)
            assert answered, "no thread is free"
            refused += [each.recv(65_536) for each in answered]
        assert [each[:12] for each in refused] == [b"HTTP/1.1 503"] * (THREADS // 2)
        assert all(b"Retry-After: 1\r\n" in each for each in refused)
        known = client.get(f"{here}/v1/users/by-name/ada")
        traded = client.post(f"{here}/v1/access-tokens", headers=trade)
        registered = client.post(f"{here}/api/register", json=account)
    assert [it.status_code for it in (known, traded, registered)] == [200, 201, 204]
