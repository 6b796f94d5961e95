"""From a storage row to the adapter that reaches it, made once and kept while the row says the same.

A distant one comes behind a circuit breaker (`services.storages.guarded`), which asks the row: each
process has its own, and only the worker looks whether a storage is back.
"""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from services.budgets import OPTION as BUDGET
from services.errors import StorageError
from services.models import Storage as Row
from services.storages.base import Storage
from services.storages.guarded import Guarded
from services.storages.rclone import Daemon
from services.storages.registry import make_storage
from services.storages.values import Fingerprint

OnTrip = Callable[[int, StorageError], None]

_Said = tuple[str, dict[str, Any], bool, Any, str]
"""What of a row an adapter was made from."""


class Adapters:
    """`daemon` and `spool` are for storages that rclone reaches; `on_trip` is told the id of a storage that
    failed several times in a row, or wants a new sign-in, and how.

    Threading: may be called from any thread.
    """

    def __init__(
        self, daemon: Daemon | None = None, spool: Path | None = None, *, on_trip: OnTrip | None = None
    ) -> None:
        self._daemon = daemon
        self._spool = spool
        self._made: dict[int, tuple[_Said, Storage]] = {}
        self._lock = threading.Lock()
        self._on_trip = on_trip

    def __call__(self, row: Row) -> Storage:
        """The adapter of this storage; raises UsageError for a kind this version does not know."""
        options = {name: value for name, value in row.options.items() if name != BUDGET}
        key = (row.kind, options, row.writable, row.canaries, row.root)
        with self._lock:
            known = self._made.get(row.id)
            if known is not None and known[0] == key:
                return known[1]
            if known is not None:
                known[1].let_go()
            expected = None if row.canaries is None else Fingerprint.from_json(row.canaries)
            adapter = make_storage(
                row.kind, row.root, options=options, writable=row.writable, expected=expected,
                daemon=self._daemon, spool=self._spool,
            )  # fmt: skip
            if adapter.distant:
                told = None if self._on_trip is None else partial(self._on_trip, row.id)
                adapter = Guarded(adapter, told, online_since=partial(_online_since, row.id))
            self._made[row.id] = (key, adapter)
            return adapter


def _online_since(storage_id: int) -> int | None:
    """Since when a storage is recorded as online, in no need to be left alone."""
    is_online = Row.state.in_(["online", "slow"]) & Row.retry_at.is_null()
    since: int | None = Row.select(Row.state_since).where((Row.id == storage_id) & is_online).scalar()
    return since
