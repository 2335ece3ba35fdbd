"""One question to a process on this machine, past any proxy that the environment names."""

import http.client
import socket

SECONDS = 1.0


def ask(port: int, path: str, seconds: float = SECONDS) -> tuple[int, bytes]:
    """Status and body of GET `path`; OSError or HTTPException without an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def status(port: int, path: str) -> int | None:
    """The status of GET `path`, None without an answer."""
    try:
        return ask(port, path)[0]
    except (OSError, http.client.HTTPException):
        return None


def listens(port: int, seconds: float = SECONDS) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(seconds)
        return probe.connect_ex(("127.0.0.1", port)) == 0
