"""Ports on 127.0.0.1: is one free, and which one may be taken."""

import errno
import random
import socket
import time

from dev.trouble import Trouble

ADDRESS = "127.0.0.1"
_HIGHEST = 65_535
_reservations: list[socket.socket] = []


def parse(text: str) -> int:
    """The port that PORT names."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _HIGHEST):
        raise Trouble(f"PORT={text} is no port; it must be a whole number from 1 to 65535.")
    return int(text)


def demand(port: int, patience: float = 0.0) -> None:
    """Trouble, with what to do about it, unless `port` can be listened on.

    For `patience` seconds it may still be held by processes that were killed a moment ago. From
    now on no other runner reserves it, though nobody listens on it yet.
    """
    deadline = time.monotonic() + patience
    while (reason := _obstacle(port)) and time.monotonic() < deadline:
        time.sleep(0.05)
    if reason == errno.EADDRINUSE:
        other = port + 10 if port + 10 <= _HIGHEST else 8080
        raise Trouble(f"Port {port} is taken by another program; try `make run PORT={other}`.")
    if reason == errno.EACCES:
        raise Trouble(f"Port {port} is not for ordinary users; try `make run PORT=8080`.")
    if reason:
        raise Trouble(f"Port {port} can't be used: {errno.errorcode.get(reason, reason)}.")
    _mark(port)  # unless whoever has chosen it for us has done so


def reserve(start: int) -> int:
    """A free port from `start` upward that no other runner takes while this one lives.

    The reservation is a UDP socket with the same number: it disturbs nobody who wants the TCP
    port, and it ends with this process whatever becomes of it.
    """
    for port in _candidates(start):
        if not _obstacle(port) and _mark(port):
            return port
    raise Trouble("No free port was found on 127.0.0.1.")


def free(start: int) -> int:
    """Like `reserve`, from a random place near `start`."""
    return reserve(start + random.randrange(8_000))


def _mark(port: int) -> bool:
    """Reserve a port while this process lives; False if another one has done so."""
    mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        mark.bind((ADDRESS, port))
    except OSError:
        mark.close()
        return False
    _reservations.append(mark)
    return True


def _candidates(start: int) -> range:
    first = start if start <= _HIGHEST - 500 else 20_000
    return range(first, first + 500)


def _obstacle(port: int) -> int | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
            probe.listen(1)
        except OSError as error:
            return error.errno
    return None
