"""How a thread lets go of a connection."""

import socket
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

from chassis import draining, worker
from chassis.worker import Worker
from tests.system import PATIENCE


def test_a_connections_end_is_waited_for_where_it_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """gunicorn's main thread finds it over; else it would take up no request meanwhile."""
    monkeypatch.setattr(ThreadWorker, "handle", lambda *_: False)
    monkeypatch.setattr(worker, "LINGER_SECONDS", PATIENCE)
    ours, theirs = socket.socketpair()
    connection = SimpleNamespace(sock=ours, started_ns=0)
    with ours, ThreadPoolExecutor() as pool:
        handled = pool.submit(Worker.handle, Worker.__new__(Worker), connection)
        with theirs:
            theirs.settimeout(PATIENCE)
            assert theirs.recv(1) == b""
            assert not handled.done()
        assert handled.result(PATIENCE) is False


def test_a_connection_that_stays_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ThreadWorker, "handle", lambda *_: True)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = SimpleNamespace(sock=ours, started_ns=0)
        assert Worker.handle(Worker.__new__(Worker), connection) is True
        ours.sendall(b"x")
        assert theirs.recv(1) == b"x"


def test_a_drain_ends_connections_of_answers_to_come_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the worker does with all is left as it is."""
    monkeypatch.setattr(draining, "has_begun", lambda: True)
    request = Request.__new__(Request)
    request.must_close = False
    draining.send_away(None, request)
    assert request.should_close()
