"""What is known of a socket here, without waiting for the other side."""

import select
import socket

_ESTABLISHED = 1  # in the first byte of Linux's TCP_INFO


def has_something_to_say(descriptor: int) -> bool:
    """True for data, for a closed connection and for a broken one."""
    watch = select.poll()
    watch.register(descriptor, select.POLLIN)
    return bool(watch.poll(0))


def is_established(connection: socket.socket) -> bool:
    """False once the other side has closed it, or is known to be gone."""
    state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return state[0] == _ESTABLISHED
