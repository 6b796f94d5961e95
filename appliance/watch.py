"""Following the storages of this node as they change: each change has its folder scanned soon.

Where a provider tells of changes it is asked instead (`services.scanning.following`).
"""

import logging
import threading

from services.adapters import Adapters
from services.connecting import Connecting
from services.errors import HypomosError
from services.models import Storage, database
from services.scanning import Follower
from services.storages.feeds import Feed
from services.storages.paths import parent

LOOK_S = 10.0
AGAIN_S = 60.0
MOST_FOLDERS = 50

log = logging.getLogger(__name__)


class Watchers:
    """One thread a storage, kept in step with the storages there are. `run` belongs in a thread of its own."""

    def __init__(
        self, adapters: Adapters, connecting: Connecting, node: str, *, follower: Follower | None = None
    ) -> None:
        self._adapters = adapters
        self._follower = follower
        self._connecting = connecting
        self._node = node
        self._watched: dict[int, threading.Event] = {}

    def run(self, stop: threading.Event) -> None:
        """Follow storages until `stop` is set."""
        try:
            while not stop.is_set():
                self._keep_step(stop)
                stop.wait(LOOK_S)
        finally:
            for event in self._watched.values():
                event.set()
            self._watched.clear()
            database.close()

    def _keep_step(self, stop: threading.Event) -> None:
        here = Storage.select().where(Storage.removed_at.is_null() & (Storage.node == self._node))
        rows = {s.id: s for s in here}
        for gone in self._watched.keys() - rows.keys():
            self._watched.pop(gone).set()
        for new in rows.keys() - self._watched.keys():
            event = self._watched[new] = threading.Event()
            threading.Thread(
                target=self._follow, args=(rows[new], event, stop), name=f"watch-{new}", daemon=True
            ).start()

    def _follow(self, storage: Storage, event: threading.Event, stop: threading.Event) -> None:
        try:
            while not event.is_set():
                self._follow_once(storage, event, stop)
                event.wait(AGAIN_S)
        finally:
            database.close()

    def _follow_once(self, storage: Storage, event: threading.Event, stop: threading.Event) -> None:
        """Until the storage or the catalogue fails; the schedule scans it meanwhile."""
        try:
            feed = None if self._follower is None else self._follower.open_feed(storage)
            if self._follower is not None and feed is not None:
                self._ask(self._follower, storage, feed, event)
                return
            for change in self._adapters(storage).watch(event):
                if stop.is_set() or event.is_set():
                    return
                self._enqueue(storage, change.folders, everything=change.everything)
        except HypomosError as error:
            log.warning("a storage cannot be followed; it is scanned from time to time: %s", error)
        except Exception:
            log.exception("following a storage failed; it is tried again in %.0f seconds", AGAIN_S)

    def _ask(self, follower: Follower, storage: Storage, feed: Feed, event: threading.Event) -> None:
        """Until `event` is set or something unforeseen comes up."""
        try:
            while not event.wait(follower.notice(storage.id, feed)):
                pass
        finally:
            feed.close()

    def _enqueue(self, storage: Storage, folders: frozenset[str], *, everything: bool) -> None:
        if everything or len(folders) > MOST_FOLDERS:
            self._connecting.start_scan(storage)
        elif folders:
            # a new folder is found by its parent's listing, so the parents are looked at as well
            self._connecting.start_scan(storage, folders=sorted(folders | {parent(f) for f in folders}))
