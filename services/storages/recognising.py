"""Whether a root is the one that was recorded: an unmounted disk is an empty folder without any error.

The evidence, strongest first: our marker file, canaries (files that were there), the name of the
file system. Numbers of volumes may change when a machine starts anew, so a volume alone
neither proves nor disproves a root that has files to be known by.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from services.errors import StorageError
from services.storages.patterns import is_skipped
from services.storages.values import Canary, Fingerprint, Listing

CANARIES = 8
_FOLDERS = 32
"""So many folders are looked into for canaries at most."""


def choose_canaries(list_folder: Callable[[str], Listing]) -> tuple[Canary, ...]:
    """Some files to know the root by, taken from different folders: one in each first, then more.

    Empty files and names that are not UTF-8 are passed over. Raises what listing the root raises.
    """
    shelves = list(
        islice(_files_by_folder(list_folder), CANARIES)
    )  # each has one: more would not be looked at
    depth = max((len(shelf) for shelf in shelves), default=0)
    by_turns = [shelf[turn] for turn in range(depth) for shelf in shelves if turn < len(shelf)]
    return tuple(by_turns[:CANARIES])


def why_unknown(
    expected: Fingerprint,
    *,
    volume: str | None,
    marker: str | None,
    size_of: Callable[[str], int | None],
) -> str | None:
    """Why a root is not the expected one, in words; None when it is.

    `volume` and `marker` are what is found now, `size_of` the size of a file in bytes, None when it is
    not there.
    """
    if expected.marker is not None and marker is not None:
        return None if marker == expected.marker else "another storage is in its place"
    if expected.canaries:
        same_volume = volume is not None and volume == expected.volume  # there a file may have been edited
        sizes = [(canary.size, size_of(canary.path)) for canary in expected.canaries]
        found = any(now == size or (same_volume and now is not None) for size, now in sizes)
        return None if found else "none of the files it is known by is there: is the disk mounted?"
    if expected.marker is not None:
        return "the marker file is gone: is the disk mounted?"
    if expected.volume is not None and volume != expected.volume:
        return "another disk is in its place, or none: is the disk mounted?"
    return None


def _files_by_folder(list_folder: Callable[[str], Listing]) -> Iterator[list[Canary]]:
    waiting = [""]
    looked_into = 0
    while waiting and looked_into < _FOLDERS:
        folder = waiting.pop(0)
        looked_into += 1
        try:
            entries = list_folder(folder).entries
        except StorageError:
            if not folder:
                raise
            continue  # gone or unreadable meanwhile: others will do
        usable = [entry for entry in entries if not is_skipped(entry.name) and _is_plain(entry.name)]
        usable.sort(key=lambda entry: entry.name)
        waiting += [e.path for e in usable if e.is_dir]
        files = [Canary(e.path, e.size) for e in usable if not e.is_dir and e.size > 0]
        if files:
            yield files[:CANARIES]


def _is_plain(name: str) -> bool:
    """No lone surrogates: PostgreSQL's JSON takes none."""
    return not any("\ud800" <= char <= "\udfff" for char in name)
