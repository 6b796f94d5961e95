"""Which companion files (XMP sidecars, Takeout JSON) belong to a media file, by the rows of its folder.

A folder is paired once for all of its files: a Takeout folder holds thousands of each, and to pair them
anew for every file would take longer than reading the pictures.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping

from services.media import companions
from services.models import File

KEPT_FOLDERS = 8

Pairs = Mapping[str, Mapping[str, str]]


class FolderPairs:
    """The pairs of the folders that are being read. Threading: may be asked from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Pairs] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, folder_id: int, raw_name: str) -> dict[str, str]:
        """The companions of a media file by kind (`sidecar`, `takeout`): their raw names."""
        with self._lock:
            pairs = self._kept.get(folder_id)
            if pairs is None:
                pairs = self._kept[folder_id] = _pairs(folder_id)
                if len(self._kept) > KEPT_FOLDERS:
                    self._kept.popitem(last=False)
        return {kind: names[raw_name] for kind, names in pairs.items() if raw_name in names}

    def forget(self) -> None:
        """Ask the rows again: files have come since."""
        with self._lock:
            self._kept.clear()


def _pairs(folder_id: int) -> Pairs:
    rows = File.select(File.raw_name).where((File.folder == folder_id) & (File.presence == "present"))
    names = [row[0] for row in rows.tuples()]
    others = [n for n in names if companions.is_companion(n)]
    if not others:
        return {}
    media = [n for n in names if not companions.is_companion(n)]
    return {
        "sidecar": companions.pair_sidecars(media, others),
        "takeout": companions.pair_takeout(media, others),
    }
