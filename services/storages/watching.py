"""How changes in a folder of this machine are noticed: by the kernel's events, or by looking again.

Looking again is for network mounts, whose changes made elsewhere the kernel never hears of, and for
trees that the event library cannot watch: with a name in them that is not UTF-8, or with more folders
than the kernel gives watches for.

What `watch_folder` yields is only a hint where to look; nothing is opened for anyone because of it.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from stat import S_ISDIR, S_ISLNK

from services.errors import StorageError, StorageNotFound
from services.storages import paths
from services.storages.patterns import is_path_skipped, is_skipped
from services.storages.values import Change, Listing

POLL_S = 60.0
_AWAY_S = 1.0
_QUIET_MS = 300
_DEBOUNCE_MS = 2000
_LOOK_MS = 500
_POLL_SHARE = 10
"""Looking takes at most this part of the time: a tree that takes 30 s is looked at every 5 minutes."""

_log = logging.getLogger(__name__)

ListFolder = Callable[[str], Listing]
_Snapshot = dict[str, "int | None"]
_Event = tuple[int, str]


def watch_folder(
    root: str,
    list_folder: ListFolder,
    stop: threading.Event,
    *,
    polling: bool = False,
    poll_s: float = POLL_S,
    debounce_ms: int = _DEBOUNCE_MS,
) -> Iterator[Change]:
    """Yield the changes below the absolute path `root` until `stop` is set; see Storage.watch.

    A root that goes away is waited for. `list_folder` is the storage's `list`, for looking again.
    """
    while not (polling or stop.is_set()):
        identity = _identity(root)
        if identity is None:
            stop.wait(_AWAY_S)
            continue
        try:
            yield from _by_events(root, identity, stop, debounce_ms)
        except FileNotFoundError:
            continue
        except (
            OSError,
            RuntimeError,
            ValueError,
        ) as error:  # what watchfiles cannot do
            _log.info("A folder is watched by looking again: events cannot be had (%s)", type(error).__name__)
            polling = True
    if polling:
        yield from poll_changes(list_folder, stop, interval_s=poll_s)


def poll_changes(list_folder: ListFolder, stop: threading.Event, *, interval_s: float) -> Iterator[Change]:
    """Yield changes found by listing everything again and again. Bytes of any name, any kind of storage.

    What could not be listed counts as unchanged.
    """
    known: _Snapshot = {}
    known, pause = _timed_look(list_folder, known, interval_s)
    yield Change(everything=True)
    while not stop.wait(pause):
        now, pause = _timed_look(list_folder, known, interval_s)
        changed = {folder for folder in known.keys() | now.keys() if known.get(folder) != now.get(folder)}
        known = now
        if changed:
            yield Change(frozenset(_nearest_known(folder, now) for folder in changed))


def _by_events(
    root: str, identity: tuple[int, int], stop: threading.Event, debounce_ms: int
) -> Iterator[Change]:
    """Yield changes by events; ends when `root` is not the same folder any more."""
    from watchfiles import watch  # here only: the service has no use for it unless it watches

    events = watch(
        root,
        watch_filter=None,
        debounce=debounce_ms,
        step=_QUIET_MS,
        stop_event=stop,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        force_polling=False,
        raise_interrupt=False,
        ignore_permission_denied=True,
    )
    watching = False
    for batch in events:
        if _identity(root) != identity:
            return
        if not watching:
            watching = True
            yield Change(everything=True)
            continue
        folders = _changed_folders(root, ((int(kind), path) for kind, path in batch))
        if folders:
            yield Change(folders)


def _changed_folders(root: str, events: Iterable[_Event]) -> frozenset[str]:
    from watchfiles import Change as Kind

    touched: set[str] = set()
    for kind, full_path in events:
        path = os.path.relpath(full_path, root)
        if path == os.curdir or is_path_skipped(path):
            continue
        touched.add(paths.parent(path))
        if kind == Kind.added:
            touched.update(_folders_at(root, path))  # files in a new folder may have come before its watch
    found = {_nearest_existing(root, folder) for folder in touched}
    return frozenset(folder for folder in found if folder is not None)


def _folders_at(root: str, path: str) -> Iterator[str]:
    """`path` and all folders below it; nothing when it is no folder, or a link."""
    full_path = os.path.join(root, path)  # noqa: PTH118  names of any bytes, and no Path for each of many events
    try:
        if not S_ISDIR(os.lstat(full_path).st_mode):
            return
    except OSError:
        return
    for folder, below, _ in os.walk(full_path):
        below[:] = [name for name in below if not is_skipped(name)]
        yield os.path.relpath(folder, root)


def _nearest_existing(root: str, folder: str) -> str | None:
    """The folder, or the deepest above it that is there; None when a link leads to it."""
    here = ""
    for name in paths.parts(folder):
        step = paths.join(here, name)
        try:
            mode = os.lstat(f"{root}/{step}").st_mode
        except OSError:
            return here
        if S_ISLNK(mode):
            return None
        if not S_ISDIR(mode):
            return here
        here = step
    return here


def _identity(root: str) -> tuple[int, int] | None:
    try:
        status = os.lstat(root)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if S_ISDIR(status.st_mode) else None


def _timed_look(list_folder: ListFolder, before: _Snapshot, interval_s: float) -> tuple[_Snapshot, float]:
    begun = time.monotonic()
    now = _look(list_folder, before)
    return now, max(interval_s, (time.monotonic() - begun) * (_POLL_SHARE - 1))


def _look(list_folder: ListFolder, before: _Snapshot) -> _Snapshot:
    """A number for each folder that differs when its entries do; what cannot be seen keeps its number."""
    now: _Snapshot = {}
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            listing = list_folder(folder)
        except StorageNotFound:
            continue
        except StorageError:
            listing = Listing([], complete=False)
        if not listing.complete:
            now[folder] = before.get(folder)
            now.update((path, number) for path, number in before.items() if paths.is_within(path, folder))
            continue
        entries = [entry for entry in listing.entries if not is_skipped(entry.name)]
        # A folder's own time changes with what is in it, which is looked at by itself.
        now[folder] = hash(frozenset((e.name, e.is_dir, "" if e.is_dir else e.change_key) for e in entries))
        waiting += [entry.path for entry in entries if entry.is_dir]
    return now


def _nearest_known(folder: str, known: _Snapshot) -> str:
    while folder and folder not in known:
        folder = paths.parent(folder)
    return folder
