"""What lies in a storage that is being connected, for choosing its root."""

from dataclasses import dataclass

from services.names import fold, shown
from services.storages import paths
from services.storages.base import Storage
from services.storages.patterns import is_skipped

MOST = 500
"""So many folders are shown."""


@dataclass(frozen=True, slots=True)
class Folders:
    """One folder of a storage: its sub-folders as (name, path), how many files lie in it, `more` if cut."""

    path: str
    folders: tuple[tuple[str, str], ...]
    files: int
    more: bool

    @property
    def above(self) -> str:
        """The folder that holds this one; the top holds itself."""
        return paths.parent(self.path) or ("/" if self.path.startswith("/") else "")

    @property
    def trail(self) -> tuple[tuple[str, str], ...]:
        """The folders from below the top down to this one, as (name, path)."""
        top, names = ("/", self.path[1:]) if self.path.startswith("/") else ("", self.path)
        parts = paths.parts(names)
        return tuple((shown(name), top + "/".join(parts[: n + 1])) for n, name in enumerate(parts))


def look(storage: Storage, path: str, top: str = "") -> Folders:
    """A live listing of one folder; `top` comes before the paths. Raises StorageError, UsageError."""
    entries = [entry for entry in storage.list(path).entries if not is_skipped(entry.name)]
    folders = sorted((e for e in entries if e.is_dir), key=lambda e: fold(shown(e.name)))
    return Folders(
        top + path, tuple((shown(e.name), top + e.path) for e in folders[:MOST]), sum(not e.is_dir for e in entries),
        len(folders) > MOST,
    )  # fmt: skip
