"""Whether there is something to read from a socket, without waiting for it."""

import select


def has_something_to_say(descriptor: int) -> bool:
    """True for data, for a closed connection and for a broken one."""
    watch = select.poll()
    watch.register(descriptor, select.POLLIN)
    return bool(watch.poll(0))
