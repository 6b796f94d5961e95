"""What a listing tells of each row besides the node: locks, properties that clients set, the room of a storage.

Where nothing can be written nothing of that is asked for, so such a listing costs what it cost without. Otherwise it
is two questions for a folder of any size; for one that a collection is shown as, one more for each 500 entries.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from services.drive import locks, properties
from services.drive.locks import Lock
from services.names import fold
from services.viewers import Viewer
from virtualfs.dav.discovery import covering, discovery
from virtualfs.dav.places import Places, Segments, empty_file, is_of
from virtualfs.dav.properties import DAV, LOCKABLE, PLAIN, Marks, Wanted
from virtualfs.nodes import File, Folder, Node
from virtualfs.subjects import subject_of

_AVAILABLE, _USED = "quota-available-bytes", "quota-used-bytes"


class Marking:
    """For one listing of `node`, which is at `segments`, and for the client at `href`.

    `deep`: its entries are listed too. `no_room`: nothing is said of room.
    """

    def __init__(
        self, places: Places, viewer: Viewer, segments: Segments, node: Node, href: str, wanted: Wanted, *,
        deep: bool, no_room: bool,
    ) -> None:  # fmt: skip
        self._places = places
        self._viewer = viewer
        self._node = node
        self._href = href
        self._url = places.url(viewer, segments) or ""
        inner = (*segments, "x")
        self._below = self._url if deep and self._url and places.may(viewer, inner, "lock") else ""
        found = [] if not self._url else locks.near(self._url) if self._below else locks.around(self._url)
        self._locks = [lock for lock in found if is_of(viewer, lock)]
        self._asks_room = not no_room and any((DAV, name) in wanted.names for name in (_AVAILABLE, _USED))
        self._segments = segments
        subject = subject_of(node)
        self._is_real = subject is not None and subject.kind == "folder"
        self._inside = (
            properties.inside(viewer, subject.id) if self._below and self._is_real and subject else {}
        )
        self._seen: set[str] = set()

    def of_itself(self) -> Marks:
        """Of the node that was asked for."""
        if not self._url:
            return PLAIN
        subject = subject_of(self._node)
        dead = {} if subject is None else properties.get(self._viewer, subject)
        return self._marks(self._url, self._href, dead, self._room())

    def of_entry(self, entry: Node, encoded: str) -> Marks:
        """Of one of its entries, by its encoded name."""
        if not self._below and not self._inside:
            return PLAIN
        if not self._locks and not self._inside:
            return LOCKABLE
        self._seen.add(fold(entry.name))
        subject = subject_of(entry)
        dead = {} if subject is None else self._inside.get(subject, {})
        if not self._below:
            return Marks(dead=dead) if dead else PLAIN
        if not dead and not self._locks:
            return LOCKABLE
        base = self._href if self._href.endswith("/") else self._href + "/"
        slash = "/" if isinstance(entry, Folder) else ""
        return self._marks(f"{self._below}/{encoded}", base + encoded + slash, dead, {})

    def known(self, entries: Iterable[Node]) -> Iterable[Node]:
        """The entries to be listed. Where they lie in no folder of a storage, what is set on them is asked for."""
        if self._is_real:
            return entries
        listed = list(entries)
        files = {
            subject.id: each.name
            for each in listed
            if (subject := subject_of(each)) and subject.kind == "file"
        }
        name = next(iter(files.values()), None)
        if name is not None and self._places.may(self._viewer, (*self._segments, name), "describe"):
            self._inside = properties.of_files(self._viewer, list(files))
        return listed

    def to_come(self) -> Iterator[File]:
        """The empty files of locks on names that are not there yet; asked after the entries."""
        for lock in self._locks:
            above, _, name = lock.url.rpartition("/")
            if lock.empty and above == self._below and fold(unquote(name)) not in self._seen:
                yield empty_file(unquote(name))

    def _marks(self, url: str, href: str, dead: properties.Properties, room: dict[str, str]) -> Marks:
        held: list[Lock] = covering(self._locks, url) if self._locks else []
        if not held and not dead and not room:
            return LOCKABLE
        return Marks(True, discovery(held, url, href) if held else "", dead, room)

    def _room(self) -> dict[str, str]:
        if not self._asks_room or not isinstance(self._node, Folder):
            return {}
        room = self._places.tree.room(self._viewer, self._segments)
        if room is None:
            return {}
        told = {_AVAILABLE: room.free, _USED: room.used}
        return {name: f"<D:{name}>{count}</D:{name}>" for name, count in told.items() if count is not None}
