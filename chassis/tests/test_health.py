"""What a container's health check makes of an answer."""

import socket
from threading import Thread

import pytest

from chassis import health


@pytest.mark.parametrize(
    ("said", "exit_status"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", 0),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", 1),
        (b"HTTP/1.1\r\n\r\n", 1),
        (b"", 1),
    ],
)
def test_nothing_but_a_200_is_healthy(
    monkeypatch: pytest.MonkeyPatch, said: bytes, exit_status: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(said)

        answering = Thread(target=answer, daemon=True)
        answering.start()
        monkeypatch.setenv("MINITWIT_PROBE_BIND", f"0.0.0.0:{listening.getsockname()[1]}")
        assert health.main() == exit_status
        answering.join()
