"""How passwords are kept.

A hash takes 19 MiB and tens of milliseconds on purpose, so only so many are made at once.
Whoever asks for one gives back the database connection first: the pool must not wait too.
Who guesses passwords holds up nobody else: only so many threads check one, or wait to do so, and
of several hashes at once, one is never a check, but for whoever registers.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from time import monotonic

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from chassis.errors import TryLater
from users import metrics
from users.turns import Turns

# Below the 2 s after which a caller has hung up.
PATIENCE_SECONDS = 1.5


class Hasher:
    """argon2id with OWASP's parameters, `concurrency` at a time; TryLater (503) in a crowd.

    It has as many threads of its own: memory stays with the thread that once took it, and would
    be taken anew by each thread that serves requests; of these, `checks` at once may be `checking`.
    The C library keeps what a thread takes from its second hash on, so these two are made at the
    start: they would be half as long again for whoever registers first.
    """

    def __init__(self, concurrency: int, checks: int) -> None:
        self._argon2 = PasswordHasher(
            time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID
        )
        self._slots = Turns(concurrency)
        self._check_slots = Turns(max(1, concurrency - 1))
        self._checks = Turns(checks)
        self._threads = ThreadPoolExecutor(concurrency, "hashing")
        for _ in range(2):
            wait([self._threads.submit(self._argon2.hash, "") for _ in range(concurrency)])

    def hash(self, password: str) -> str:
        """What is kept of a password; another one each time."""
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
        """Around all that a check of a password takes; TryLater (503) at once for one too many."""
        if not self._checks.take(0):
            raise TryLater()
        try:
            yield
        finally:
            self._checks.give_back()

    @contextmanager
    def slot(self, *before: Turns) -> Iterator[None]:
        """The right to use one hash's worth of memory, once it is one's turn in all lines."""
        with ExitStack() as held:
            with metrics.hash_wait_seconds.time():
                deadline = monotonic() + PATIENCE_SECONDS
                for line in (*before, self._slots):
                    if not line.take(deadline - monotonic()):
                        raise TryLater()
                    held.callback(line.give_back)
            with metrics.hash_seconds.time():
                yield
