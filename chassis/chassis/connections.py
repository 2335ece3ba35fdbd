"""Connections to one other service, kept open for whoever calls next."""

from collections import deque
from urllib.parse import urlsplit

from chassis.sockets import has_something_to_say
from chassis.wire import Reply, Request, UnreadableAnswer, Wire

KEPT = 32
# What goes wrong on the way.
BROKEN = (OSError, UnreadableAnswer)


class Connections:
    """Sends requests to `base_url`; one of BROKEN is raised when no answer comes.

    Proxies and redirects have no place between services.
    """

    def __init__(self, base_url: str, connect_seconds: float, read_seconds: float) -> None:
        self._place = urlsplit(base_url)
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._idle: deque[Wire] = deque(maxlen=KEPT)

    def __call__(self, request: Request) -> Reply:
        """The answer, after a second try where a first that failed did no harm."""
        wire = self._kept() or self._connected()
        try:
            return self._exchange(wire, request)
        except TimeoutError:
            raise  # Whoever waited in vain does not wait again.
        except BROKEN:
            if not request.repeatable:
                raise
        return self._exchange(self._connected(), request)

    def _kept(self) -> Wire | None:
        while self._idle:
            try:
                wire = self._idle.pop()
            except IndexError:  # Another thread was faster.
                break
            if not has_something_to_say(wire.fileno()):
                return wire
            wire.close()
        return None

    def _connected(self) -> Wire:
        """A new one; nothing was sent before, so any request may try twice."""
        try:
            return self._connect()
        except OSError:
            return self._connect()

    def _connect(self) -> Wire:
        return Wire(self._place, self._connect_seconds, self._read_seconds)

    def _exchange(self, wire: Wire, request: Request) -> Reply:
        reply = wire.ask(request)
        if wire.is_open:
            self._idle.append(wire)
        return reply
