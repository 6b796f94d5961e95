"""Hashing and checking passwords: argon2id, a few at a time.

Threading: one `Passwords` serves all threads of a process. At most two hash at the same time, so that
a flood of sign-ins takes neither the memory (19 MiB each) nor the processors from everybody else;
further callers wait, and beyond a short queue they are sent away.

Never call this inside a transaction: a hash takes up to half a second on a small machine.
"""

import base64
import logging
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from services.errors import Throttled

log = logging.getLogger(__name__)

BUSY_RETRY_S = 2.0


class Passwords:
    """Argon2id (RFC 9106) with t=3, m=19456 KiB, p=1 and a limit on how many run at once."""

    def __init__(
        self, *, time_cost: int = 3, memory_kib: int = 19456, at_once: int = 2, queue: int = 20
    ) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._room = at_once + queue
        self._free = threading.Semaphore(at_once)
        self._count = threading.Lock()
        self._inside = 0
        self._nobody = self._unmatched()

    @property
    def inside(self) -> int:
        """How many callers hash or wait now."""
        return self._inside

    def hash(self, password: str) -> str:
        """The encoded hash to store. Raises Throttled when too many wait."""
        with self._slot():
            return self._hasher.hash(_octets(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits the stored hash; None takes as long and is always False.

        Raises Throttled when too many wait.
        """
        with self._slot():
            try:
                return self._hasher.verify(stored or self._nobody, _octets(password)) and stored is not None
            except VerifyMismatchError:
                return False
            except (VerificationError, InvalidHashError) as error:
                log.warning("a stored password hash cannot be used: %s", error)
                return False

    def is_stale(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        with self._count:
            if self._inside >= self._room:
                raise Throttled(BUSY_RETRY_S)
            self._inside += 1
        try:
            with self._free:
                yield
        finally:
            with self._count:
                self._inside -= 1

    def _unmatched(self) -> str:
        """A well-formed hash of nothing, with today's parameters: as much work as a real one."""
        given = self._hasher
        salt, tag = secrets.token_bytes(given.salt_len), secrets.token_bytes(given.hash_len)
        head = f"$argon2id$v=19$m={given.memory_cost},t={given.time_cost},p={given.parallelism}"
        return "$".join([head, *(base64.b64encode(part).decode().rstrip("=") for part in (salt, tag))])


def _octets(password: str) -> bytes:
    """The same bytes whichever way a keyboard composed its accents (RFC 8265: NFC)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
