"""What systems leave behind on every drive (`._x`, `.DS_Store`, `Thumbs.db`): taken, and kept out of storages.

A client that is refused such a file gives up copying the real one. So it is taken, kept in memory for a few minutes,
where its client finds it again, and then forgotten. Nobody else ever sees it.

Threading: may be used from any thread.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.viewers import Viewer
from virtualfs.nodes import File

KEPT_S = 600.0
LARGEST = 64 * 1024
"""Larger ones are taken and forgotten at once."""
MOST_BYTES = 8 * 1024 * 1024
ENTRY = 512
"""What one takes besides its bytes: empty ones are not for nothing."""


@dataclass(frozen=True, slots=True)
class Left:
    """One such file."""

    data: bytes
    at: float


class Junk:
    """Such files by the person and the address."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._files: OrderedDict[tuple[int, str], Left] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def put(self, viewer: Viewer, url: str, source: Iterable[bytes]) -> None:
        """Take one; all of its bytes are read, and errors of the sender come through."""
        data, size = bytearray(), 0
        for piece in source:
            size += len(piece)
            if size <= LARGEST:
                data += piece
        with self._lock:
            self._drop((viewer.user_id, url))
            if size <= LARGEST:
                self._files[viewer.user_id, url] = Left(bytes(data), self._monotonic())
                self._bytes += len(data) + ENTRY
            while self._bytes > MOST_BYTES:
                self._drop(next(iter(self._files)))

    def find(self, viewer: Viewer, url: str) -> bytes | None:
        """The bytes of one that was left here not long ago."""
        with self._lock:
            left = self._files.get((viewer.user_id, url))
        return None if left is None or self._monotonic() - left.at > KEPT_S else left.data

    def drop(self, viewer: Viewer, url: str) -> None:
        """Forget one."""
        with self._lock:
            self._drop((viewer.user_id, url))

    def _drop(self, key: tuple[int, str]) -> None:
        left = self._files.pop(key, None)
        self._bytes -= 0 if left is None else len(left.data) + ENTRY


def node_of(name: str, data: bytes) -> File:
    """Such a file as a node; its bytes are not behind it."""
    tag = hashlib.blake2b(data, digest_size=12).hexdigest()
    return File(name, len(data), 0.0, 0.0, f"left-{tag}", "application/octet-stream", None)
