"""Password hashing.

A hash takes 19 MiB and tens of milliseconds on purpose, so only so many are made at once. Callers
give back their database connection first, so that the pool does not have to wait as well.
Guessing passwords must hold up nobody else: only so many threads check one or wait to do so, and
where several hashes are made at once, one slot is never used for checks, so people can register.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from time import monotonic

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from chassis.errors import TryLater
from users import metrics
from users.fair_semaphore import FairSemaphore

# Below the 2 s after which a caller has hung up.
PATIENCE_SECONDS = 1.5


class Hasher:
    """argon2id with OWASP's parameters, `concurrency` at a time; TryLater (503) in a crowd.

    It hashes in `concurrency` threads of its own, since memory stays with the thread that took
    it: else each thread that serves requests would take some. At most `checks` of those may be
    `checking` at once.

    A thread's first two hashes take half as long again, until the C library keeps their memory, so
    they are made here, and not for whoever registers first.
    """

    def __init__(self, concurrency: int, checks: int) -> None:
        self._argon2 = PasswordHasher(
            time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID
        )
        self._slots = FairSemaphore(concurrency)
        self._check_slots = FairSemaphore(max(1, concurrency - 1))
        self._checks = FairSemaphore(checks)
        self._threads = ThreadPoolExecutor(concurrency, "hashing")
        for _ in range(2):
            wait([self._threads.submit(self._argon2.hash, "") for _ in range(concurrency)])

    def hash(self, password: str) -> str:
        """The hash to store for a password; a different one each time."""
        with self.slot():
            return self._threads.submit(self._argon2.hash, password).result()

    def matches(self, kept: str, password: str) -> bool:
        """Whether `kept` was made of this password."""
        try:
            with self.slot(self._check_slots):
                return self._threads.submit(self._argon2.verify, kept, password).result()
        except VerifyMismatchError:
            return False

    def is_outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(kept)

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Surrounds a whole password check; TryLater (503) at once if too many are under way."""
        if not self._checks.acquire(0):
            raise TryLater()
        try:
            yield
        finally:
            self._checks.release()

    @contextmanager
    def slot(self, *before: FairSemaphore) -> Iterator[None]:
        """Wait for a turn in `before`, then for a slot to hash in; TryLater (503) after a while."""
        with ExitStack() as held:
            with metrics.hash_wait_seconds.time():
                deadline = monotonic() + PATIENCE_SECONDS
                for line in (*before, self._slots):
                    if not line.acquire(deadline - monotonic()):
                        raise TryLater()
                    held.callback(line.release)
            with metrics.hash_seconds.time():
                yield
