"""Password hashing.

A hash takes 19 MiB and tens of milliseconds on purpose, so only so many are made at once. Callers
give back their database connection first, so that the pool does not have to wait as well.
Guessing passwords must hold up nobody else: only so many threads check one or wait to do so, and
where several hashes are made at once, one slot is never used for checks, so people can register.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import local
from time import monotonic

from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id

from chassis.errors import TryLater
from users import metrics
from users.fair_semaphore import FairSemaphore

# Of a whole check, which may make three hashes; below the 2 s after which a caller has hung up.
PATIENCE_SECONDS = 1.5

ROUNDS, MEMORY_BYTES = 2, 19 * 1024 * 1024
PREFIX = f"$argon2id$v=19$m={MEMORY_BYTES // 1024},t={ROUNDS},p=1$"


class Hasher:
    """argon2id with OWASP's parameters, `concurrency` at a time; TryLater (503) in a crowd.

    At most `checks` callers may be `checking` at once.
    """

    def __init__(self, concurrency: int, checks: int) -> None:
        self._slots = FairSemaphore(concurrency)
        self._check_slots = FairSemaphore(max(1, concurrency - 1))
        self._checks = FairSemaphore(checks)
        self._check = local()

    def hash(self, password: str) -> str:
        """The hash to store for a password; a different one each time."""
        with self.slot():
            return argon2id.str(password.encode(), ROUNDS, MEMORY_BYTES).decode()

    def matches(self, kept: str, password: str) -> bool:
        """Whether `kept` was made of this password."""
        try:
            with self.slot(self._check_slots):
                return argon2id.verify(kept.encode(), password.encode())
        except InvalidkeyError:
            return False

    def is_outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return not kept.startswith(PREFIX)

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Surrounds a whole password check; TryLater (503) at once if too many are under way.

        All hashes within share one patience: what is done after the caller has hung up would
        contradict what that has told people.
        """
        if not self._checks.acquire(0):
            raise TryLater()
        self._check.deadline = monotonic() + PATIENCE_SECONDS
        try:
            yield
        finally:
            vars(self._check).pop("deadline", None)
            self._checks.release()

    @contextmanager
    def slot(self, *before: FairSemaphore) -> Iterator[None]:
        """Wait for a turn in `before`, then for a slot to hash in; TryLater (503) after a while."""
        with ExitStack() as held:
            with metrics.hash_wait_seconds.time():
                deadline = getattr(self._check, "deadline", monotonic() + PATIENCE_SECONDS)
                for line in (*before, self._slots):
                    if not line.acquire(deadline - monotonic()):
                        raise TryLater()
                    held.callback(line.release)
            with metrics.hash_seconds.time():
                yield
