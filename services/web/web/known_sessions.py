"""What a process knows of sessions without asking users: now (during a lease), or last."""

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from web.clients.users import Lease

SESSIONS_KEPT = 10_000
# A token that may expire before it arrives is of no use.
MARGIN_SECONDS = 5.0


@dataclass(frozen=True)
class Visitor:
    id: int
    name: str
    access_token: str


@dataclass(frozen=True)
class Known:
    """Whose session it was at this revision; kept until the access token is of no more use."""

    visitor: Visitor
    revision: str
    end: float


class KnownSessions:
    """What the last trade of each session said, by a hash of its token; and the latest lease."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Known] = OrderedDict()
        self._lease = Lease("", 0.0)
        self._renewal = 0.0
        self._lock = Lock()
        self.dropped = 0

    def keep(
        self,
        session_token: str,
        visitor: Visitor,
        seconds: float,
        lease: Lease,
        dropped: int,
    ) -> None:
        """Keep a trade's result, unless any session was `dropped` since: it may be this one."""
        key, now = _hash(session_token), time.monotonic()
        with self._lock:
            if dropped == self.dropped:
                self._kept[key] = Known(visitor, lease.revision, now + seconds - MARGIN_SECONDS)
                self._kept.move_to_end(key)
            if len(self._kept) > SESSIONS_KEPT:
                self._kept.popitem(last=False)
            if lease.end > self._lease.end:
                self._lease, self._renewal = lease, (now + lease.end) / 2

    def last_known(self, session_token: str) -> Visitor | None:
        """Whose session it was at its last trade, for when users can't be asked."""
        known = self._known(session_token)
        return known.visitor if known else None

    def leased(self, session_token: str) -> Visitor | None:
        """Whose session it is, as long as the lease guarantees that.

        The first caller in the lease's second half gets None, and so trades and renews it for all.
        """
        known, now = self._known(session_token), time.monotonic()
        with self._lock:
            if known is None or known.revision != self._lease.revision or now >= self._lease.end:
                return None
            if now >= self._renewal:
                self._renewal = self._lease.end
                return None
        return known.visitor

    def drop_of(self, visitor_id: int) -> None:
        """Drop all of one person's sessions."""
        with self._lock:
            self.dropped += 1
            theirs = [key for key, each in self._kept.items() if each.visitor.id == visitor_id]
            for key in theirs:
                del self._kept[key]

    def drop(self, session_token: str) -> None:
        with self._lock:
            self.dropped += 1
            self._kept.pop(_hash(session_token), None)

    def _known(self, session_token: str) -> Known | None:
        with self._lock:
            known = self._kept.get(_hash(session_token))
        return known if known and time.monotonic() < known.end else None


def _hash(session_token: str) -> bytes:
    return hashlib.sha256(session_token.encode()).digest()
