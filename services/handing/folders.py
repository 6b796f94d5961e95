"""The folders that files of collections go to: made when a file comes, and taken away again when none came.

Only what was made here goes, as long as nothing is in it, and never while another file is on its way to the storage.

Threading: may be used from any thread. Of what other processes write nothing is known here: whoever loses an empty
folder to us begins anew.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.errors import HypomosError
from services.filing import Filing
from services.filing.hands import Hands
from services.models import Storage
from services.storages import paths
from services.uploads.places import make_folders
from services.viewers import Viewer

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Use:
    """Of one storage: how many files are on their way there, and which folders were made for them and got none."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    writes: int = 0
    made: list[str] = field(default_factory=list)


class Folders:
    """Of all storages."""

    def __init__(self, filing: Filing, hands: Hands) -> None:
        self._filing = filing
        self._hands = hands
        self._lock = threading.Lock()
        self._uses: dict[int, _Use] = {}

    @contextmanager
    def for_file(self, viewer: Viewer, storage: Storage, folder: str) -> Iterator[None]:
        """Around the write of a file into a folder, which is there with all above it. Raises Conflict.

        A write that raises left nothing in it.
        """
        with self._lock:
            use = self._uses.setdefault(storage.id, _Use())
        with use.lock:
            use.writes += 1
        try:
            with use.lock:
                adapter = self._hands.adapter(storage)
                make_folders(self._filing, viewer, storage, adapter, folder, made=use.made)
            yield
            with use.lock:
                use.made = [path for path in use.made if not paths.is_within(folder, path)]
        finally:
            with use.lock:
                use.writes -= 1
                if not use.writes:
                    self._clear_away(viewer, storage, use)

    def _clear_away(self, viewer: Viewer, storage: Storage, use: _Use) -> None:
        made, use.made = use.made, []
        try:
            for path in sorted(made, key=lambda path: -path.count("/")):
                self._filing.remove_empty(viewer, storage.pid, path)
        except HypomosError as error:
            log.info("an empty folder stays in a storage: %s", error)
