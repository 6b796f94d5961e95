"""From a storage row to the adapter that reaches it, made once and kept while the row says the same."""

import json
import threading
from pathlib import Path

from services.models import Storage as Row
from services.storages.base import Storage
from services.storages.rclone import Daemon
from services.storages.registry import make_storage
from services.storages.values import Fingerprint


class Adapters:
    """`daemon` and `spool` are for storages that rclone reaches.

    Threading: may be called from any thread.
    """

    def __init__(self, daemon: Daemon | None = None, spool: Path | None = None) -> None:
        self._daemon = daemon
        self._spool = spool
        self._made: dict[int, tuple[str, Storage]] = {}
        self._lock = threading.Lock()

    def __call__(self, row: Row) -> Storage:
        """The adapter of this storage; raises UsageError for a kind this version does not know."""
        key = json.dumps([row.kind, row.options, row.writable, row.canaries]) + row.root
        with self._lock:
            known = self._made.get(row.id)
            if known is not None and known[0] == key:
                return known[1]
            expected = None if row.canaries is None else Fingerprint.from_json(row.canaries)
            adapter = make_storage(
                row.kind, row.root, options=row.options, writable=row.writable, expected=expected,
                daemon=self._daemon, spool=self._spool,
            )  # fmt: skip
            self._made[row.id] = (key, adapter)
            return adapter
